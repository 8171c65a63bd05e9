"""The steps of ingest, in Amazon States Language. ``${inspect}`` and the like become the functions' ARNs.

Each step's result is the next one's input. Any failure goes to the last step of all as ``{"failure": {"Error",
"Cause"}, …the step's input}``, so that the operator sees a row with a reason. A file that was refused is a
success of ours; only what we failed at ends as a failure.
"""

from typing import Any

REFUSALS = (
    "EmptyFile",
    "NotAudio",
    "FormatNotTaken",
    "VideoNotTaken",
    "ProtectedFile",
    "Truncated",
    "Damaged",
    "ChecksumMismatch",
    "UploadTooLarge",
)
"""What `legato.ingest.model` refuses a file by: trying again changes nothing."""
RETRY = [
    {"ErrorEquals": [*REFUSALS], "MaxAttempts": 0},
    {
        # A thousand files at once meet the account's limit of functions at work: they wait, and do not fail.
        "ErrorEquals": ["Lambda.TooManyRequestsException"],
        "IntervalSeconds": 5,
        "MaxAttempts": 30,
        "BackoffRate": 1.5,
        "MaxDelaySeconds": 60,
        "JitterStrategy": "FULL",
    },
    {
        "ErrorEquals": ["States.ALL"],
        "IntervalSeconds": 2,
        "MaxAttempts": 3,
        "BackoffRate": 3,
        "JitterStrategy": "FULL",
    },
]


def definition() -> dict[str, Any]:
    """The state machine."""
    return {
        "StartAt": "Inspect",
        "States": {
            "Inspect": _step("inspect", following="Encode", seconds=330),
            "Encode": _step("encode", following="Publish", seconds=930),
            "Publish": _step("publish", following="Published", seconds=90),
            "Published": {"Type": "Succeed"},
            "Record failure": {
                "Type": "Task",
                "Resource": "${publish}",
                "TimeoutSeconds": 90,
                "Retry": RETRY[1:],
                "Catch": [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.unrecorded", "Next": "Dead letter"}],
                "Next": "Whose fault",
            },
            "Whose fault": {
                "Type": "Choice",
                "Choices": [{"Variable": "$.state", "StringEquals": "refused", "Next": "Refused"}],
                "Default": "Dead letter",
            },
            "Refused": {"Type": "Succeed"},
            # By Step Functions itself, so that it is sent even where none of our functions runs.
            "Dead letter": {
                "Type": "Task",
                "Resource": "arn:aws:states:::sqs:sendMessage",
                "Parameters": {
                    "QueueUrl": "${dead_letters}",
                    "MessageBody": {"event.$": "$$.Execution.Input", "outcome.$": "$"},
                },
                "TimeoutSeconds": 90,
                "Retry": RETRY[-1:],
                "Next": "Failed",
            },
            "Failed": {"Type": "Fail", "Error": "IngestFailed", "Cause": "The reason stands in the ingest's row"},
        },
    }


def _step(name: str, *, following: str, seconds: int) -> dict[str, Any]:
    return {
        "Type": "Task",
        "Resource": f"${{{name}}}",
        "TimeoutSeconds": seconds,
        "Retry": RETRY,
        "Catch": [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.failure", "Next": "Record failure"}],
        "Next": following,
    }
