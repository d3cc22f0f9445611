"""Tables of doltflow in Kedro's catalog. Works with Kedro 0.19 and 1.x.

In catalog.yml::

    companies:
      type: doltflow.kedro.TableDataset
      table: companies
      key: id

In settings.py, for a run that publishes all of its tables or none::

    HOOKS = (doltflow.kedro.one_transaction,)

and, for nodes that run only if they must, with it or without::

    HOOKS = (doltflow.kedro.one_transaction, doltflow.kedro.skip_unchanged)
"""

from .dataset import TableDataset, TablePreview
from .hooks import hooks
from .skip import skip_unchanged
from .transaction import one_transaction

__all__ = ["TableDataset", "TablePreview", "hooks", "one_transaction", "skip_unchanged"]
