# Draw one balanced sample with R sampling: Rscript sampling.R VARIABLES FOLDER; the landing drops variables, as Maille's
suppressPackageStartupMessages(library(sampling))
arguments <- commandArgs(trailingOnly = TRUE)
variables <- as.integer(arguments[1]); folder <- arguments[2]
pik <- readBin(file.path(folder, "chances.bin"), "double", 1e7)
X <- matrix(readBin(file.path(folder, "balancing.bin"), "double", length(pik) * variables), length(pik), variables)
set.seed(1)
spent <- system.time(s <- samplecube(cbind(pik, X), pik, order = 1, comment = FALSE, method = 2))
gap <- max(abs(colSums(X[s == 1, , drop = FALSE] / pik[s == 1]) / colSums(X) - 1))
cat(sprintf('{"seconds": %.4f, "gap": %.3e}\n', spent[["user.self"]] + spent[["sys.self"]], gap))
