"""The recipe of the guide in Emacs, where that has Eglot."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from tests.lsp.test_diagnostics import COMPOSE, write
from tests.support.locked import digest_of, save

_GUIDE: Final = Path(__file__).parents[2] / "docs/guides/editors.md"
_RECIPE: Final = re.compile(r"(?s)```elisp\n(.*?eglot-server-programs.*?)```")
_LONGEST: Final = 60
_WITHOUT_EGLOT: Final = 77
_SESSION: Final = r"""
(unless (require 'eglot nil t) (kill-emacs 77))
(require 'flymake)
(unless (require 'yaml-mode nil t)
  (define-derived-mode yaml-mode text-mode "YAML")
  (add-to-list 'auto-mode-alist '("\\.yaml\\'" . yaml-mode)))
(load (expand-file-name "recipe.el"))
(setq create-lockfiles nil eglot-sync-connect 30
      eglot-confirm-server-initiated-edits nil eglot-confirm-server-edits nil)
(find-file "compose.yaml")
(run-hooks 'post-command-hook)

(defun wait-until (test)
  (let ((turns 0))
    (while (and (< turns 300) (not (funcall test)))
      (flymake-start)
      (accept-process-output nil 0.1)
      (setq turns (1+ turns)))))

(defun choose (word title)
  (goto-char (point-min))
  (search-forward word)
  (cl-letf (((symbol-function 'completing-read)
             (lambda (_ titles &rest _)
               (seq-find (lambda (each) (string-prefix-p title each))
                         (all-completions "" titles))))
            ((symbol-function 'y-or-n-p) #'always))
    (let ((last-nonmenu-event ?a) (tick (buffer-chars-modified-tick)))
      (eglot-code-actions (point) (point) nil t)
      (wait-until (lambda () (/= tick (buffer-chars-modified-tick)))))))

(wait-until #'flymake-diagnostics)
(dolist (each (flymake-diagnostics))
  (message "DIAGNOSTIC %s" (flymake-diagnostic-text each)))
(goto-char (point-min))
(search-forward "nginx")
(message "HOVER %s" (plist-get (plist-get (jsonrpc-request
  (eglot-current-server) :textDocument/hover
  (if (fboundp 'eglot--TextDocumentPositionParams)
      (eglot--TextDocumentPositionParams)
    (list :textDocument (list :uri (concat "file://" buffer-file-name))
          :position (list :line 2 :character 14)))) :contents) :value))
(choose "nginx" "Pin")
(choose "postgres" "Ignore not-locked")
(save-some-buffers t)
(eglot-shutdown (eglot-current-server))
"""


def test_emacs_shows_findings_and_digests_and_does_actions(project: Path) -> None:
    if (emacs := shutil.which("emacs")) is None:
        pytest.skip("`emacs` is not installed: NOTHING WAS TESTED with it")
    recipe = _RECIPE.search(_GUIDE.read_text(encoding="utf-8"))
    assert recipe
    text = COMPOSE + "  db:\n    image: postgres:17\n"
    write(
        project,
        {"recipe.el": recipe[1], "session.el": _SESSION, "compose.yaml": text},
    )
    save(project, "nginx:1.27")
    subprocess.run(["git", "init", "-q"], cwd=project, check=True)

    done = subprocess.run(
        [emacs, "-q", "--batch", "-l", "session.el"],
        cwd=project,
        check=False,
        capture_output=True,
        env={
            **os.environ,
            "HOME": str(project.parent),
            "PATH": os.pathsep.join(
                [str(Path(sys.executable).parent), os.environ["PATH"]]
            ),
        },
        stdin=subprocess.DEVNULL,
        text=True,
        timeout=_LONGEST,
    )

    if done.returncode == _WITHOUT_EGLOT:
        pytest.skip("this Emacs has no Eglot: NOTHING WAS TESTED with it")
    assert done.returncode == 0, done.stderr
    digest = digest_of("nginx:1.27")
    assert "[not-locked]: `postgres:17` is not in the lockfile" in done.stderr
    assert (
        f"- locked to `{digest}`" in done.stderr or f"locked to {digest}" in done.stderr
    )
    comment = "    # imagelock: ignore[not-locked] TODO: say why\n"
    pinned = text.replace("1.27", f"1.27@{digest}")
    ignored = pinned.replace("    image: postgres", f"{comment}    image: postgres")
    assert (project / "compose.yaml").read_text() == ignored, done.stderr
    assert 'file = "compose.yaml"' in (project / "images.lock").read_text()
