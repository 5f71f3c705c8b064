{ config, lib, ... }:
let
  version = "13-alpine";
in
with lib;
{
  virtualisation.oci-containers.containers.mailserver = {
    image = "ghcr.io/docker-mailserver/docker-mailserver:14.0.0";
    cmd = [ "sh" "-c" ''echo ''${HOME} ${lib.optionalString true ''"quoted"''}'' ];
  };
  virtualisation.oci-containers.containers."relay".image = "netbirdio/relay:0.71.4";
  virtualisation.oci-containers.containers.db.image = "postgres:${version}";
  virtualisation = {
    oci-containers.containers = let port = "1"; in {
      dns = { image = ''adguard/adguardhome:v0.107''; ports = [ "${port}:53" ]; };
    };
  };
  services.podman.containers.jellyfin = {
    image = "docker.io/jellyfin/jellyfin:10.10.3";
  };
  services.gitea.image = "not/an-image:1";
}
