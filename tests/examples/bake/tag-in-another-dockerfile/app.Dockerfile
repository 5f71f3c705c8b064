FROM acme/base:1
