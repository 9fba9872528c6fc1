"""The chain edge: blocks, events, contract reads and transactions through web3."""
