"""The lab's records: what the ledger holds, the state it folds into, and the list of labs on this machine."""
