"""Nothing of ours scans a table: the clients it is given refuse to."""


def refuse_scans(client):
    def refuse(**_):
        message = "a handler scans a table"
        raise AssertionError(message)

    client.meta.events.register("before-call.dynamodb.Scan", refuse)
    return client
