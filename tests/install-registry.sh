#!/bin/sh
# Install what the integration tests run against, where that is possible.
if command -v docker-registry >/dev/null && command -v skopeo >/dev/null &&
    command -v htpasswd >/dev/null && command -v openssl >/dev/null; then
    exit 0
fi
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "installing docker-registry, skopeo, htpasswd and openssl for the tests"
    apt-get update -qq && DEBIAN_FRONTEND=noninteractive \
        apt-get install -y -qq docker-registry skopeo apache2-utils openssl \
        >/dev/null && exit 0
fi
cat >&2 <<'MESSAGE'
*****************************************************************************
 docker-registry, skopeo, htpasswd or openssl is not installed: tests against
 a real registry are SKIPPED. On Debian or Ubuntu:
 sudo apt-get install docker-registry skopeo apache2-utils openssl
*****************************************************************************
MESSAGE
