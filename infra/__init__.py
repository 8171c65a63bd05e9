"""The cloud that Legato runs in, as CDK stacks in deploy order."""
