#!/bin/sh
# Stands for the health check of one app.
echo "$1: 200 OK"
