"""The tables and views of a fleet's database.

The views are for everybody: `docs/reference/fleet-database.md` describes them, and
columns are only added. The tables behind them may change with each version of the
schema. A lockfile that several repositories have is stored once, and so is an entry
that several lockfiles have, and a vulnerability of a package that several manifests have.
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

_SCANS: Final = """
CREATE TABLE scan (
    id INTEGER PRIMARY KEY,
    digest TEXT NOT NULL,
    scanner TEXT NOT NULL,
    version TEXT,
    database TEXT,
    built TEXT,
    outcome TEXT NOT NULL,
    packages INTEGER,
    suppressed INTEGER NOT NULL,
    os TEXT,
    os_version TEXT,
    is_end_of_life INTEGER,
    scanned_at TEXT,
    tried_at TEXT NOT NULL,
    reason TEXT,
    hint TEXT,
    UNIQUE (digest, scanner)
);
CREATE TABLE vulnerability (
    id INTEGER PRIMARY KEY,
    fingerprint BLOB NOT NULL UNIQUE,
    name TEXT NOT NULL,
    package TEXT NOT NULL,
    type TEXT NOT NULL,
    installed TEXT NOT NULL,
    severity TEXT NOT NULL,
    aliases TEXT NOT NULL,
    fixed TEXT NOT NULL,
    state TEXT NOT NULL,
    score REAL,
    exploited INTEGER,
    epss REAL,
    purl TEXT NOT NULL,
    url TEXT NOT NULL,
    title TEXT NOT NULL
);
CREATE TABLE vulnerability_name (
    name TEXT NOT NULL COLLATE NOCASE,
    vulnerability_id INTEGER NOT NULL
        REFERENCES vulnerability (id) ON DELETE CASCADE,
    PRIMARY KEY (name, vulnerability_id)
) WITHOUT ROWID;
CREATE INDEX vulnerability_name_id ON vulnerability_name (vulnerability_id);
CREATE TABLE result (
    scan_id INTEGER NOT NULL REFERENCES scan (id) ON DELETE CASCADE,
    vulnerability_id INTEGER NOT NULL REFERENCES vulnerability (id),
    PRIMARY KEY (scan_id, vulnerability_id)
) WITHOUT ROWID;
CREATE INDEX result_vulnerability ON result (vulnerability_id);
CREATE VIEW scans AS
    SELECT digest AS manifest_digest, scanner, version AS scanner_version, database,
        built AS database_built, outcome, packages, suppressed, os, os_version,
        is_end_of_life, scanned_at, tried_at, reason, hint
    FROM scan;
CREATE VIEW vulnerabilities AS
    SELECT scan.digest AS manifest_digest, scan.scanner,
        vulnerability.name AS vulnerability, vulnerability.aliases,
        vulnerability.severity, vulnerability.package, vulnerability.type,
        vulnerability.installed, vulnerability.fixed, vulnerability.state,
        vulnerability.exploited, vulnerability.epss, vulnerability.score,
        vulnerability.url, vulnerability.title
    FROM vulnerability
    JOIN result ON result.vulnerability_id = vulnerability.id
    JOIN scan ON scan.id = result.scan_id;
CREATE VIEW unscanned AS
    SELECT DISTINCT image.reference, manifest.platform,
        manifest.digest AS manifest_digest,
        (SELECT reason FROM scan WHERE digest = manifest.digest
            ORDER BY tried_at DESC LIMIT 1) AS reason
    FROM manifest
    JOIN image ON image.id = manifest.image_id
    WHERE NOT EXISTS
        (SELECT 1 FROM scan WHERE digest = manifest.digest AND reason IS NULL)
    UNION
    SELECT reference, NULL, digest, 'its platforms are not known'
    FROM image
    WHERE id NOT IN (SELECT image_id FROM manifest) AND (media_type IS NULL
        OR media_type IN ('application/vnd.oci.image.index.v1+json',
            'application/vnd.docker.distribution.manifest.list.v2+json'));
"""

MIGRATIONS: Final = (_TABLES + _VIEWS, _SCANS)
"""The script at index N makes version N + 1 of the schema from version N."""

VIEWS: Final = (
    *("repositories", "locked_images", "locked_manifests", "unreadable"),
    *("scans", "vulnerabilities", "unscanned"),
)
"""The names of the views."""

VERSION: Final = len(MIGRATIONS)
"""`user_version` of the file."""

COLLECT_GARBAGE: Final = """
DELETE FROM content WHERE id NOT IN (SELECT content_id FROM lockfile);
DELETE FROM image WHERE id NOT IN (SELECT image_id FROM entry);
DELETE FROM scan WHERE digest NOT IN (SELECT digest FROM manifest);
DELETE FROM vulnerability WHERE id NOT IN (SELECT vulnerability_id FROM result);
"""
