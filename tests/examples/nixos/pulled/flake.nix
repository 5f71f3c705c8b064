{ pkgs, nix2container }:
{
  # https://nixos.org/manual/nixpkgs/stable/#ssec-pkgs-dockerTools-pullImage
  nix = pkgs.dockerTools.pullImage {
    imageName = "nixos/nix";
    imageDigest = "sha256:b8ea88f763f33dfda2317b55eeda3b1a4006692ee29e60ee54ccf6d07348c598";
    finalImageName = "nix";
    finalImageTag = "2.19.3";
    hash = "sha256-zRwlQs1FiKrvHPaf8vWOR/Tlp1C5eLn1d9pE4BZg3oA=";
  };
  alpine = nix2container.pullImage rec {
    imageName = "quay.io/podman/hello";
    imageDigest = "sha256:115baa97031e049b3846353560722507912a97a4e7232a4b84f99ab9cb1b8a32";
    sha256 = "sha256-/rF8WIvjCOgbIH7pcnUsmRJGoTFjMN7pRlHgtSoQLSs=";
  };
  unknown = pkgs.dockerTools.pullImage { imageName = "alpine"; imageDigest = digest; };
}
