#!/bin/sh
kind load docker-image acme/loaded:1
