"""Start the web chat over `indexes/default`: `python app.py`, or `PORT=8000 python app.py`.

The settings say the rest, such as `QA_HOST`, `QA_MCP`, `QA_USERNAME` and `QA_PASSWORD`.
"""

import os
import sys

from qa.errors import QAError

if __name__ == "__main__":
    port = os.environ.get("PORT", "7860")
    if not port.isdecimal():
        sys.exit(f"error: PORT is {port!r}, which is not a port. Choose a number, such as PORT=7860.")
    from qa.web import serve

    try:
        serve(port=int(port))
    except QAError as error:
        sys.exit(f"error: {error}")
    except KeyboardInterrupt:  # before it was up
        sys.exit(130)
