#!/bin/sh
# Makes what is secret, once, in tokens/, and in .env what of it the server needs, which is no secret.
set -eu
cd "$(dirname "$0")"
umask 077
mkdir -p tokens
for name in admin metrics grafana; do
  [ -s "tokens/$name" ] && continue
  # Not through a pipe, in which nobody would hear that it failed: an empty password is none.
  secret=$(openssl rand -hex 32)
  printf %s "$secret" > "tokens/$name"
done
# In their containers these are read by other users; on this machine nobody else gets into the folder.
chmod 0444 tokens/metrics tokens/grafana
sha256() { sha256sum "$1" | cut -d ' ' -f 1; }
{
  echo "ADMIN_TOKEN_SHA256=sha256:$(sha256 tokens/admin)"
  echo "METRICS_TOKEN_SHA256=sha256:$(sha256 tokens/metrics)"
} > .env
