#!/bin/sh
# No conflict marker and no trailing space may enter a lane.
echo "lint: $(find src -name '*.rs' | wc -l | tr -d ' ') files"
if grep -rnE '^(<<<<<<<|=======|>>>>>>>)' src; then
  echo "lint: conflict markers left" >&2
  exit 1
fi
if grep -rn ' $' src; then
  echo "lint: trailing space" >&2
  exit 1
fi
echo "lint: ok"
