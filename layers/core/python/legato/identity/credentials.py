"""Is it you? One way to ask, whether the account exists or not, and slower for those who guess."""

from datetime import datetime

from legato.errors import Refusal
from legato.identity import passwords, throttle
from legato.identity.inputs import Address
from legato.identity.model import Account, AccountNotFound, WrongCredentials
from legato.identity.table import IdentityTable
from legato.identity.throttle import Counter


def authenticate(table: IdentityTable, address: Address, password: str, client: str, *, now: datetime) -> Account:
    """The account of *address*, if *password* (prepared) is its own. *client* is the viewer's IP address.

    Reads, hashes and counts the same for an address nobody has. Raises `WrongCredentials` or `SlowDown`.
    """
    listener_id = table.listener_of(address.key)
    network = throttle.network(client)
    known = table.knows_network(listener_id, network, now)
    counter = throttle.by_owner(listener_id, client) if known else throttle.by_account(address.key)
    charge(table, (throttle.by_client(client), counter), now)
    try:
        account = table.account(listener_id)
    except AccountNotFound:
        account = None
    right = passwords.matches(account.password if account else passwords.DECOY, password)
    if not account or not right:
        raise WrongCredentials
    table.forgive(counter)
    table.refund(throttle.by_client(client))
    table.know_network(account.id, network, now)
    _rehash(table, account, password)
    return account


def confirm(table: IdentityTable, listener_id: str, password: str, *, now: datetime) -> Account:
    """The account of somebody who is signed in and shows the password once more."""
    counter = throttle.by_listener(listener_id)
    table.charge(counter, now)
    account = table.account(listener_id)
    if not passwords.matches(account.password, password):
        raise WrongCredentials
    table.forgive(counter)
    return account


def charge(table: IdentityTable, counters: tuple[Counter, Counter], now: datetime) -> None:
    """Both counters or none. Raises `SlowDown`."""
    first, second = counters
    table.charge(first, now)
    try:
        table.charge(second, now)
    except Refusal:
        table.refund(first)  # an attempt that was not looked at is no failure
        raise


def _rehash(table: IdentityTable, account: Account, password: str) -> None:
    if passwords.outdated(account.password):
        table.set_password(account.id, passwords.hashed(password), instead_of=account.password)
