import subprocess


def build_image() -> None:
    subprocess.check_call(["podman", "build", "-t", "acme/probe", "."], cwd="image")
    subprocess.check_call(
        ["podman", "build", "-t", "acme/probe2", "-f", "Dockerfile.second", "."],
        cwd="image",
    )
