"""Checks exported files with ONNX's own checker, shapes included: python3 check_files.py FOLDER.

The tests keep every file that they export in the folder that RNNSHARP_ONNX_FOLDER names. Needs the package onnx, 1.12 or later.
"""
import pathlib
import sys

import onnx


def main():
    files = sorted(pathlib.Path(sys.argv[1]).glob("*.onnx"))
    failed = 0
    for file in files:
        try:
            model = onnx.load(str(file))
            onnx.checker.check_model(model, full_check=True)
            names = [node.name for node in model.graph.node]
            if len(set(names)) < len(names):
                raise ValueError("two nodes have the same name")
        except Exception as error:  # The checker's exceptions have no common base.
            failed += 1
            print(f"{file.name}: {error}")
    print(f"{len(files) - failed} passed, {failed} failed")
    return 1 if failed or not files else 0


sys.exit(main())
