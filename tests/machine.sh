#!/bin/sh
# Ce que les tests demandent à la machine : Chromium pour les pages, PostgreSQL pour la seconde base.
# Par apt là où c'est permis ; sinon les tests qui en ont besoin disent ce qui manque.
wanted=""
command -v chromium >/dev/null 2>&1 || wanted="chromium"
command -v initdb >/dev/null 2>&1 || ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || wanted="$wanted postgresql"
[ -z "$wanted" ] && exit 0
if command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ]; then
  echo "Installation de $wanted"
  { apt-get update -q && apt-get install -y -q --no-install-recommends $wanted; } >/dev/null 2>&1 && exit 0
fi
echo "Il manque $wanted, qui ne peut pas être installé ici : les tests qui en ont besoin échoueront ou seront passés."
