"""What travels between a door and the server: request and response types.

Amounts travel as decimal strings of whole micro-credits, seeds as decimal strings.
"""

from workbench.core.wire.jobs import (
    CompareRequest,
    GenerateRequest,
    JobView,
    PreviewRequest,
    PriorityRequest,
    SizesRequest,
    TrainRequest,
    ValueRequest,
)
from workbench.core.wire.message import JsonObject, Priority, Sha256, Wire
from workbench.core.wire.records import (
    Check,
    EpochView,
    HealthView,
    PayoutRow,
    Publication,
    SqlRequest,
)
from workbench.core.wire.runs import (
    BundleRequest,
    CardView,
    DifferenceView,
    ReproduceRequest,
    ReproductionView,
    RunView,
    VerifyRequest,
)
from workbench.core.wire.studies import (
    EvaluationRow,
    EvaluationsRequest,
    GamePlayer,
    GameRequest,
    GameView,
    LookRow,
    StudyEvaluation,
    StudyView,
    ValueRow,
)
from workbench.core.wire.tasks import (
    BlobView,
    ContributionView,
    DraftRequest,
    Finding,
    ModelRequest,
    PrincipalView,
    SignedRequest,
    TaskView,
)

__all__ = [
    "BlobView",
    "BundleRequest",
    "CardView",
    "Check",
    "CompareRequest",
    "ContributionView",
    "DifferenceView",
    "DraftRequest",
    "EpochView",
    "EvaluationRow",
    "EvaluationsRequest",
    "Finding",
    "GamePlayer",
    "GameRequest",
    "GameView",
    "GenerateRequest",
    "HealthView",
    "JobView",
    "JsonObject",
    "LookRow",
    "ModelRequest",
    "PayoutRow",
    "PreviewRequest",
    "PrincipalView",
    "Priority",
    "PriorityRequest",
    "Publication",
    "ReproduceRequest",
    "ReproductionView",
    "RunView",
    "Sha256",
    "SignedRequest",
    "SizesRequest",
    "SqlRequest",
    "StudyEvaluation",
    "StudyView",
    "TaskView",
    "TrainRequest",
    "ValueRequest",
    "ValueRow",
    "VerifyRequest",
    "Wire",
]
