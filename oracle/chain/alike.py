"""When two RPCs give the same answer: in what it says, whatever else their servers put beside it."""

import json

from oracle.chain.endpoint import Response

_HEADER_FIELDS = ("number", "hash", "parentHash", "timestamp", "baseFeePerGas")
_LOG_FIELDS = ("address", "topics", "data", "blockNumber", "blockHash", "transactionHash", "logIndex")
_RECEIPT_FIELDS = ("transactionHash", "blockNumber", "blockHash", "status", "gasUsed")


def only_compared(logs: object) -> object:
    """Logs without what is not compared: what only one server says is not to be believed. Anything else as it is."""
    if not isinstance(logs, list) or not all(isinstance(log, dict) for log in logs):
        return logs
    return [{field: log[field] for field in _LOG_FIELDS if field in log} for log in logs]


def alike_key(response: Response) -> str | None:
    """What two equal answers have in common, whatever their servers add; None for a refusal."""
    error = response.get("error")
    if error:
        message, data = str(error.get("message", "")), error.get("data")
        return f"revert {json.dumps(data)}" if error.get("code") == 3 or "revert" in message.lower() else None
    result = response.get("result")
    if isinstance(result, list):
        logs = sorted(result, key=lambda log: (int(log["blockNumber"], 16), int(log["logIndex"], 16)))
        return json.dumps([[log.get(field) for field in _LOG_FIELDS] for log in logs] + [response.get("last")]).lower()
    if isinstance(result, dict):
        fields = _RECEIPT_FIELDS if "transactionHash" in result else _HEADER_FIELDS
        return json.dumps([result.get(field) for field in fields]).lower()
    return json.dumps(result).lower()
