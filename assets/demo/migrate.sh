#!/bin/sh
# Stands for run-migrations-prod.
echo "migrations: nothing pending"
