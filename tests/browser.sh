#!/bin/sh
# Chromium pour les tests de pages : par apt là où c'est permis, sinon les tests qui en ont besoin le disent.
command -v chromium >/dev/null 2>&1 && exit 0
if command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ]; then
  echo "Installation de Chromium"
  { apt-get update -q && apt-get install -y -q --no-install-recommends chromium; } >/dev/null 2>&1 && exit 0
fi
echo "Chromium manque et ne peut pas être installé ici : les tests de pages dans un navigateur seront passés."
