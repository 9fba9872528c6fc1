"""The audit is worth something only while it shares no code with what it checks."""

import ast
from pathlib import Path

import oracle.audit

ALLOWED = ("oracle.audit", "oracle.domain.errors")


def test_the_audit_imports_nothing_of_ours_but_the_root_of_errors() -> None:
    files = list(Path(oracle.audit.__file__).parent.glob("*.py"))
    assert len(files) > 10
    for file in files:
        for node in ast.walk(ast.parse(file.read_text())):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            ours = [name for name in names if name.split(".")[0] == "oracle"]
            assert all(name.startswith(ALLOWED) for name in ours), f"{file.name} imports {ours}"
            assert not isinstance(node, ast.ImportFrom) or node.level == 0
