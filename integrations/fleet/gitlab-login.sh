# shellcheck shell=sh
# Let git use FLEET_TOKEN for this GitLab, and for no other host. Source it.
git config --global "credential.https://$CI_SERVER_HOST.username" imagelock
# shellcheck disable=SC2016 # the variable is read when git asks
git config --global "credential.https://$CI_SERVER_HOST.helper" \
    '!f() { test "$1" = get && echo "password=$FLEET_TOKEN"; }; f'
