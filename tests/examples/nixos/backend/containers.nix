{ config, lib, pkgs, ... }:
# https://wiki.nixos.org/wiki/NixOS_Containers and the options of oci-containers
{
  virtualisation.oci-containers = {
    backend = "podman";
    containers = {
      container-name = {
        image = "library/hello-world";
        autoStart = true;
        ports = [ "127.0.0.1:1234:1234" ];
      };
      /* image = "no/image:1"; */
      "web" = lib.mkIf config.services.web.enable {
        image = "nginx:1.27";
        environment = { NAME = "image = x"; };
      };
      own = {
        image = "my-app:1";
        imageFile = pkgs.dockerTools.buildImage { name = "my-app"; tag = "1"; };
      };
      computed = { image = "postgres:${config.version}"; };
      default.image = lib.mkDefault "redis:7";
    };
  };
}
