"""The lab's records: what the ledger says, the state it folds into, and which labs there are."""
