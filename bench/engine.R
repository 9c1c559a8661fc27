# Run one row with R survey: Rscript engine.R KIND DOMAINS VARIABLES FOLDER OUT
suppressPackageStartupMessages(library(survey))
arguments <- commandArgs(trailingOnly = TRUE)
kind <- arguments[1]; domains <- as.integer(arguments[2]); variables <- as.integer(arguments[3])
folder <- arguments[4]; out <- arguments[5]
n <- 12000
read <- function(name, columns) matrix(readBin(file.path(folder, name), "double", n * columns), n, columns)
columns <- read("design.bin", 7)
data <- data.frame(h = columns[, 1], N = columns[, 2], w = columns[, 3],
                   d = columns[, 3 + match(domains, c(1, 5, 100, 500))])
x <- read("margins.bin", 60)
totals <- readBin(file.path(folder, "totals.bin"), "double", 60)
colnames(x) <- names(totals) <- paste0("x", 1:60)
data <- cbind(data, x)
margins <- as.formula(paste("~ 0 +", paste(names(totals), collapse = " + ")))
start <- function(data) svydesign(~1, strata = ~h, fpc = ~N, weights = ~w, data = data)
if (kind %in% c("linear", "raking", "logit")) {
  design <- start(data)
  bounds <- if (kind == "logit") c(0.3, 3) else c(-Inf, Inf)
  task <- function() weights(calibrate(design, margins, totals, calfun = kind, bounds = bounds, epsilon = 1e-11))
  repeats <- 3
} else {
  y <- read("values.bin", 300)[, 1:variables, drop = FALSE]
  colnames(y) <- paste0("y", 1:variables)
  data <- cbind(data, y)
  if (kind == "calibrated") calibrated <- calibrate(start(data), margins, totals, epsilon = 1e-12)
  task <- function() {
    design <- if (kind == "calibrated") calibrated else start(data)
    result <- svyby(as.formula(paste("~", paste(colnames(y), collapse = " + "))), ~d, design, svymean)
    c(as.matrix(result[, 1 + 1:variables]), as.matrix(result[, 1 + variables + 1:variables]))
  }
  repeats <- 1
}
times <- replicate(repeats, system.time(result <<- task())[["elapsed"]])
writeBin(as.double(result), paste0(out, ".bin"))
cat(sprintf('{"seconds": %.6f}', min(times)), file = paste0(out, ".json"))
