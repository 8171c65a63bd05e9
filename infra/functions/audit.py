"""What operators did, to be read by operators. It may read, and nothing else."""

from constructs import Construct

from functions.audit.settings import Settings
from infra.constructs import PythonFunction
from infra.data import Data
from infra.stage import Stage


def audit(scope: Construct, data: Data, stage: Stage) -> PythonFunction:
    settings = Settings(audit_table=data.audit.table_name)
    function = PythonFunction(
        scope, "Audit", package="audit", stage=stage, settings=settings, layers=["runtime", "schema"]
    )
    data.audit.allow(function, "Query")
    data.audit.allow_listing(function)
    return function
