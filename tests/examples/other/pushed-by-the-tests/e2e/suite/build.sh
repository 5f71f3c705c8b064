#!/bin/sh
docker build \
  --tag=acme/helper:1 helper
