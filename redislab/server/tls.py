"""The TLS of a server: one context made from the tls-* parameters, with Redis' words where it cannot be made.

The versions, certificates and ciphers are OpenSSL's, through Python's `ssl`. What that cannot do (choose among the
ciphersuites of TLS 1.3) is refused and not passed over.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable
from typing import Any

__all__ = ["TlsError", "server_context"]

Setting = Callable[[str], Any]

VERSIONS = {
    "tlsv1": ssl.OP_NO_TLSv1,
    "tlsv1.1": ssl.OP_NO_TLSv1_1,
    "tlsv1.2": ssl.OP_NO_TLSv1_2,
    "tlsv1.3": ssl.OP_NO_TLSv1_3,
}
"""Each version with the option that forbids it."""
BY_DEFAULT = ("tlsv1.2", "tlsv1.3")
CLIENTS = {"no": ssl.CERT_NONE, "optional": ssl.CERT_OPTIONAL, "yes": ssl.CERT_REQUIRED}


class TlsError(Exception):
    """The parameters make no usable context; the text goes to the log."""


def server_context(setting: Setting) -> ssl.SSLContext:
    """The context for clients that connect. Raises TlsError."""
    check(setting)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    for option in forbidden_versions(setting("tls-protocols")):
        context.options |= option
    load_certificate(context, setting)
    load_authorities(context, setting)
    choose_ciphers(context, setting)
    if not setting("tls-session-caching"):
        context.options |= ssl.OP_NO_TICKET
    return context


def check(setting: Setting) -> None:
    """What has to be there, and what redislab cannot do. Raises TlsError."""
    for name in ("tls-cert-file", "tls-key-file"):
        if not setting(name):
            raise TlsError(f"No {name} configured!")
    if setting("tls-auth-clients") != "no" and not setting("tls-ca-cert-file") and not setting("tls-ca-cert-dir"):
        raise TlsError(
            "Either tls-ca-cert-file or tls-ca-cert-dir must be specified when tls-cluster, tls-replication or"
            " tls-auth-clients are enabled!"
        )
    if setting("tls-ciphersuites"):
        raise TlsError("redislab cannot choose among the ciphersuites of TLS 1.3: leave tls-ciphersuites out")


def forbidden_versions(text: str) -> list[int]:
    """The options that forbid the versions which tls-protocols does not name. Raises TlsError."""
    named = [word.lower() for word in text.split(" ") if word] or list(BY_DEFAULT)
    if not set(named) <= VERSIONS.keys():
        raise TlsError(
            "Invalid tls-protocols specified. Use a combination of 'TLSv1', 'TLSv1.1', 'TLSv1.2' and 'TLSv1.3'."
        )
    return [option for version, option in VERSIONS.items() if version not in named]


def load_certificate(context: ssl.SSLContext, setting: Setting) -> None:
    certificate, key = setting("tls-cert-file"), setting("tls-key-file")
    for name, path in (("certificate", certificate), ("private key", key)):
        try:
            open(path, "rb").close()
        except OSError as error:
            raise TlsError(f"Failed to load {name}: {path}: {error.strerror}") from None
    try:
        # Without a password of its own OpenSSL would ask for one at the terminal.
        context.load_cert_chain(certificate, key, lambda: setting("tls-key-file-pass"))
    except (ssl.SSLError, OSError, ValueError) as error:
        name, path = ("private key", key) if is_certificate(certificate) else ("certificate", certificate)
        raise TlsError(f"Failed to load {name}: {path}: {reason(error)}") from None


def is_certificate(path: str) -> bool:
    """Whether a file holds a certificate: then it is the key that could not be loaded."""
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(path)
    except (ssl.SSLError, OSError):
        return False
    return True


def load_authorities(context: ssl.SSLContext, setting: Setting) -> None:
    context.verify_mode = CLIENTS[setting("tls-auth-clients")]
    file, folder = setting("tls-ca-cert-file"), setting("tls-ca-cert-dir")
    if file or folder:
        try:
            context.load_verify_locations(file or None, folder or None)
        except (ssl.SSLError, OSError) as error:
            raise TlsError(f"Failed to configure CA certificate(s) file/directory: {reason(error)}") from None


def choose_ciphers(context: ssl.SSLContext, setting: Setting) -> None:
    if setting("tls-ciphers"):
        try:
            context.set_ciphers(setting("tls-ciphers"))
        except ssl.SSLError as error:
            raise TlsError(f"Failed to configure ciphers: {reason(error)}") from None
    if setting("tls-prefer-server-ciphers"):
        context.options |= ssl.OP_CIPHER_SERVER_PREFERENCE
    else:
        context.options &= ~ssl.OP_CIPHER_SERVER_PREFERENCE
    path = setting("tls-dh-params-file")
    if path:
        try:
            context.load_dh_params(path)
        except (ssl.SSLError, OSError) as error:
            raise TlsError(f"Failed to load DH params file: {path}: {reason(error)}") from None


def reason(error: Exception) -> str:
    """What OpenSSL or the system says."""
    return str(getattr(error, "strerror", None) or error)
