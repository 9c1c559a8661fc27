# Le menu. « make » seul l'affiche.
VENV := .venv
BIN := $(VENV)/bin
PORT ?= 8000
export PORT
# Chaque commande que lancent les essais relirait sinon tout le code des bibliothèques.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := menu
.PHONY: menu env run test check bench bench-web docs clean lock

menu: ## Afficher ce menu
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | awk -F'\t' '{printf "  make %-10s %s\n", $$1, $$2}'

env: $(VENV)/.run ## Créer l'environnement dans .venv, sans rien lancer

run: $(VENV)/.run ## Dérouler la démonstration, puis servir le site (PORT=, MAILLE_HOME=)
	@$(BIN)/maille demo
	@exec $(BIN)/maille serve --port $(PORT)

test: $(VENV)/.test ## Installer ce qu'il faut aux tests, puis tout vérifier
	@sh tests/machine.sh
	@$(MAKE) --no-print-directory check
	@$(BIN)/python -m pytest -n 2 --dist loadgroup --ignore tests/house --ignore tests/docs
	@echo "Les mêmes, sur PostgreSQL, pour tout ce qui dépend de la base, navigateur à part"
	@$(BIN)/python tests/postgresql.py $(BIN)/python -m pytest -n 2 --dist loadgroup -m "database and not browser and not any_database"

check: $(VENV)/.test ## Style, types, contrats d'import, budgets de la maison, documentation
	@$(BIN)/ruff check src tests bench
	@$(BIN)/ruff format --check src tests bench
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache
	@$(BIN)/python -m pytest -q tests/house tests/docs
	@$(BIN)/maille check

bench: $(VENV)/.test ## Mesurer Maille à côté de ses pairs, et la couverture de ses intervalles
	@$(BIN)/python bench/run.py
	@$(BIN)/python bench/secrecy.py
	@$(BIN)/python bench/sampling.py
	@$(BIN)/python bench/growth.py
	@$(BIN)/maille simulate --replicates 1000

bench-web: $(VENV)/.test ## Trois cents personnes remplissent à la fois, sur PostgreSQL puis sur SQLite
	@$(BIN)/python bench/web.py
	@$(BIN)/python bench/letters.py
	@$(BIN)/python bench/waits.py

clean: ## Effacer l'environnement (pas les données)
	rm -rf $(VENV) node_modules

lock: ## Refaire les verrous de dépendances
	sh deploy/lock.sh

$(VENV)/bin/uv: requirements-uv.txt
	@python3 -c 'import sys; sys.exit("Maille demande Python 3.11 ou plus récent : " + sys.version) if sys.version_info < (3, 11) else 0'
	@echo "Création de l'environnement dans $(VENV)"
	@python3 -m venv $(VENV)
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements-uv.txt

$(VENV)/.run: $(VENV)/bin/uv requirements.txt requirements-node.txt pyproject.toml package-lock.json
	@echo "Installation des bibliothèques verrouillées"
	@VIRTUAL_ENV=$(VENV) $(BIN)/uv pip install -q --require-hashes -r requirements.txt
	@VIRTUAL_ENV=$(VENV) $(BIN)/uv pip install -q --no-build-isolation --no-deps -e .
	@command -v npm >/dev/null 2>&1 || VIRTUAL_ENV=$(VENV) $(BIN)/uv pip install -q --require-hashes -r requirements-node.txt
	@PATH="$(CURDIR)/$(BIN):$$PATH" npm ci --silent
	@touch $@

$(VENV)/.test: $(VENV)/.run requirements-dev.txt
	@echo "Installation des outils de test"
	@VIRTUAL_ENV=$(VENV) $(BIN)/uv pip install -q --require-hashes -r requirements-dev.txt
	@touch $@
