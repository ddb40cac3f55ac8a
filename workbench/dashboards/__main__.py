"""``python -m workbench.dashboards``: serve the published results in Voilà."""

import sys

from workbench.core.errors import WorkbenchError
from workbench.dashboards.serve import main

try:
    sys.exit(main())
except WorkbenchError as error:
    sys.exit(str(error))
