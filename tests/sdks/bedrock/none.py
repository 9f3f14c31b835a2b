"""Other services of the same library."""
import boto3

s3 = boto3.client("s3")
lambda_ = boto3.client("lambda")


def put(key, body):
    # none
    return s3.put_object(Bucket="reports", Key=key, Body=body)


def run(payload):
    # none
    return lambda_.invoke(FunctionName="nightly", Payload=payload)
