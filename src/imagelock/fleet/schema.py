"""The tables and views of a fleet's database.

The views are for everybody: `docs/reference/fleet-database.md` describes them, and
columns are only added. The tables behind them may change with each version of the
schema. A lockfile that several repositories have is stored once, and so is an entry
that several lockfiles have.
"""

from __future__ import annotations

from typing import Final

APPLICATION: Final = 0x696D6C6B
"""`application_id` of the file (sqlite.org/pragma.html): `imlk`."""

_TABLES: Final = """
CREATE TABLE repository (
    id INTEGER PRIMARY KEY,
    source TEXT NOT NULL,
    name TEXT NOT NULL,
    location TEXT NOT NULL,
    revision TEXT,
    read_at TEXT,
    tried_at TEXT NOT NULL,
    reason TEXT,
    hint TEXT,
    UNIQUE (source, name)
);
CREATE TABLE content (
    id INTEGER PRIMARY KEY,
    blob TEXT NOT NULL UNIQUE,
    reason TEXT,
    hint TEXT
);
CREATE TABLE lockfile (
    repository_id INTEGER NOT NULL REFERENCES repository (id) ON DELETE CASCADE,
    path TEXT NOT NULL,
    content_id INTEGER NOT NULL REFERENCES content (id),
    PRIMARY KEY (repository_id, path)
) WITHOUT ROWID;
CREATE INDEX lockfile_content ON lockfile (content_id);
CREATE TABLE image (
    id INTEGER PRIMARY KEY,
    fingerprint BLOB NOT NULL UNIQUE,
    reference TEXT NOT NULL,
    name TEXT NOT NULL,
    tag TEXT,
    registry TEXT NOT NULL,
    digest TEXT NOT NULL,
    media_type TEXT,
    release TEXT,
    source TEXT,
    revision TEXT
);
CREATE INDEX image_reference ON image (reference);
CREATE INDEX image_name ON image (name);
CREATE INDEX image_digest ON image (digest);
CREATE TABLE manifest (
    image_id INTEGER NOT NULL REFERENCES image (id) ON DELETE CASCADE,
    platform TEXT NOT NULL,
    digest TEXT NOT NULL,
    PRIMARY KEY (image_id, platform)
) WITHOUT ROWID;
CREATE INDEX manifest_digest ON manifest (digest);
CREATE TABLE entry (
    content_id INTEGER NOT NULL REFERENCES content (id) ON DELETE CASCADE,
    image_id INTEGER NOT NULL REFERENCES image (id),
    PRIMARY KEY (content_id, image_id)
) WITHOUT ROWID;
CREATE INDEX entry_image ON entry (image_id);
"""

_VIEWS: Final = """
CREATE VIEW repositories AS
    SELECT name AS repository, location, source, revision, read_at, tried_at, reason,
        (SELECT count(*) FROM lockfile WHERE repository_id = repository.id)
            AS lockfiles
    FROM repository;
CREATE VIEW locked_images AS
    SELECT repository.name AS repository, lockfile.path AS lockfile, image.reference,
        image.registry, image.name AS image, image.tag, image.digest, image.media_type,
        image.release, image.source, image.revision,
        repository.revision AS repository_revision, repository.read_at
    FROM image
    JOIN entry ON entry.image_id = image.id
    JOIN lockfile ON lockfile.content_id = entry.content_id
    JOIN repository ON repository.id = lockfile.repository_id;
CREATE VIEW locked_manifests AS
    SELECT repository.name AS repository, lockfile.path AS lockfile, image.reference,
        image.digest, manifest.platform, manifest.digest AS manifest_digest
    FROM manifest
    JOIN image ON image.id = manifest.image_id
    JOIN entry ON entry.image_id = image.id
    JOIN lockfile ON lockfile.content_id = entry.content_id
    JOIN repository ON repository.id = lockfile.repository_id;
CREATE VIEW unreadable AS
    SELECT name AS repository, NULL AS lockfile, reason, hint
    FROM repository WHERE reason IS NOT NULL
    UNION ALL
    SELECT repository.name, lockfile.path, content.reason, content.hint
    FROM content
    JOIN lockfile ON lockfile.content_id = content.id
    JOIN repository ON repository.id = lockfile.repository_id
    WHERE content.reason IS NOT NULL;
"""

MIGRATIONS: Final = (_TABLES + _VIEWS,)
"""The script at index N makes version N + 1 of the schema from version N."""

VERSION: Final = len(MIGRATIONS)
"""`user_version` of the file."""

COLLECT_GARBAGE: Final = """
DELETE FROM content WHERE id NOT IN (SELECT content_id FROM lockfile);
DELETE FROM image WHERE id NOT IN (SELECT image_id FROM entry);
"""
