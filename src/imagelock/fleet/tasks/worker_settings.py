"""What workers get of the settings: no more than they need."""

from __future__ import annotations

from imagelock.config import Config


def worker_settings(config: Config) -> Config:
    """Return what *config* says about registries and plug-ins."""
    return Config(
        registries=config.registries,
        mirrors=config.mirrors,
        mirrors_path=config.mirrors_path,
        request_timeout=config.request_timeout,
        plugins=config.plugins,
    )
