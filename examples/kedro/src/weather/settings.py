from doltflow.kedro import one_transaction

# All tables of a run land together, or none.
HOOKS = (one_transaction,)
