#!/bin/sh
docker build -t acme/agent:1 agent
docker push acme/agent:1
