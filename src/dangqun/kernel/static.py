"""Style sheets and scripts: only what pages use is collected, and nothing is compressed twice."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import FileSystemFinder
from whitenoise.storage import CompressedManifestStaticFilesStorage


class UsedFiles(FileSystemFinder):
    """Finds our own files, and of the vendors' packages only those that settings.VENDOR_FILES names."""

    def list(self, ignore_patterns: Iterable[str] | None) -> Iterator[Any]:
        """Yield what is to be collected."""
        for path, storage in super().list(ignore_patterns):
            prefix = getattr(storage, "prefix", "") or ""
            if not prefix or f"{prefix}/{path}" in settings.VENDOR_FILES:
                yield path, storage


class Storage(CompressedManifestStaticFilesStorage):
    """Names files by their content; maps for developers are left out, what is compressed already stays."""

    patterns = (("*.css", CompressedManifestStaticFilesStorage.patterns[0][1][:2]),)

    def compress_files(self, paths: Iterable[str]) -> Iterator[tuple[str, str]]:
        """Compress what is new."""
        hashed = set(self.hashed_files.values())
        return super().compress_files(
            [path for path in paths if not self._is_compressed(path, path in hashed)]
        )

    def _is_compressed(self, path: str, is_hashed: bool) -> bool:
        """Whether a compressed copy is there: of the same content (in the name), or of the same moment."""
        file = Path(self.path(path))
        copy = file.with_name(f"{file.name}.gz")
        return copy.exists() and (is_hashed or int(copy.stat().st_mtime) == int(file.stat().st_mtime))
