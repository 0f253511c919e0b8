#!/bin/sh
# Stands for pull, retag and release of one app; leaves what is live where the health check looks.
app=$1
echo "$app: pull registry.acme.example/shop/$app:$LANEKEEPER_COMMIT"
echo "$app: retag for the host"
test -f README.md || { echo "$app: no sources" >&2; exit 1; }
echo "$app: released"
