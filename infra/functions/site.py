"""The custom resource that puts the built web app into its bucket."""

from aws_cdk import aws_s3_assets as assets
from constructs import Construct

from infra.constructs import PythonFunction
from infra.data import Data
from infra.stage import Stage


def site(scope: Construct, data: Data, stage: Stage, *, source: assets.Asset) -> PythonFunction:
    function = PythonFunction(scope, "Site", package="site", stage=stage, timeout_s=120)
    function.allow("s3:GetObject", on=f"{source.bucket.bucket_arn}/{source.s3_object_key}")
    data.site_bucket.allow(function, "PutObject", "DeleteObject", below="")
    data.site_bucket.allow_list(function)
    return function
