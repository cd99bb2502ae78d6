"""Kafka and MongoDB that require a login over TLS, and the certificate authority that signs their certificates."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from pymongo import MongoClient

from local_stack import Server
from local_stack.kafka import kafka_node
from local_stack.mongodb import start_mongodb
from local_stack.ports import HOST, free_port

KEY_PASSWORD = "a key's password"
ADMIN = "admin"
MECHANISMS = ("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", "OAUTHBEARER")


@dataclass(frozen=True)
class Certificate:
    """A certificate and its key as PEM files."""

    certificate: Path
    key: Path
    encrypted_key: Path
    """The same key, encrypted with ``KEY_PASSWORD``."""
    both: Path
    """Key and certificate in one file."""


class Authority:
    """Signs certificates for servers on this machine, and for clients."""

    def __init__(self, directory: Path) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self._directory = directory
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"authority {directory.name}")])
        certificate = self._builder(self._name, self._key).add_extension(
            x509.BasicConstraints(ca=True, path_length=None), critical=True
        )
        usage = x509.KeyUsage(*(False,) * 5, True, True, False, False)  # signs certificates and revocations
        signed = certificate.add_extension(usage, critical=True).sign(self._key, hashes.SHA256())
        self.file = directory / "authority.pem"
        self.file.write_bytes(signed.public_bytes(serialization.Encoding.PEM))

    def issue(self, name: str) -> Certificate:
        """A certificate for this common name, and for servers at the loopback address."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        names = x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.IPAddress(ip_address(HOST))])
        issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key())  # demanded from Python 3.13 on
        certificate_of = self._builder(subject, key).add_extension(names, critical=False).add_extension(issuer, critical=False)
        signed = certificate_of.sign(self._key, hashes.SHA256())
        certificate = signed.public_bytes(serialization.Encoding.PEM)
        plain = _pem(key, serialization.NoEncryption())
        encrypted = _pem(key, serialization.BestAvailableEncryption(KEY_PASSWORD.encode()))
        files = {"crt": certificate, "key": plain, "encrypted.key": encrypted, "both.pem": plain + certificate}
        for ending, content in files.items():
            (self._directory / f"{name}.{ending}").write_bytes(content)
        return Certificate(*(self._directory / f"{name}.{ending}" for ending in files))

    def _builder(self, subject: x509.Name, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
        now = datetime.now(UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(hours=1))
            .not_valid_after(now + timedelta(days=1))
        )


def _pem(key: ec.EllipticCurvePrivateKey, encryption: serialization.KeySerializationEncryption) -> bytes:
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption)


@dataclass(frozen=True)
class SecureKafka:
    """An Apache Kafka that requires a login or a certificate, and in which ``ADMIN`` may do everything."""

    server: Server
    authority: Authority
    certificates_port: int
    """The port for clients with certificates (SSL); ``server.url`` is for SASL."""

    def login(self, user: str, mechanism: str = "SCRAM-SHA-512") -> dict[str, str]:
        """The settings with which this user logs in."""
        return {
            "KAFKA_BOOTSTRAP_SERVERS": self.server.url,
            "KAFKA_SECURITY_PROTOCOL": "SASL_SSL",
            "KAFKA_SASL_MECHANISM": mechanism,
            "KAFKA_SASL_USERNAME": user,
            "KAFKA_SASL_PASSWORD": password_of(user),
            "KAFKA_SSL_CA_FILE": str(self.authority.file),
        }

    def certificate_login(self, user: str) -> dict[str, str]:
        """The settings with which this user logs in by certificate, whose key is encrypted."""
        certificate = self.authority.issue(user)
        return {
            "KAFKA_BOOTSTRAP_SERVERS": f"{HOST}:{self.certificates_port}",
            "KAFKA_SECURITY_PROTOCOL": "SSL",
            "KAFKA_SSL_CA_FILE": str(self.authority.file),
            "KAFKA_SSL_CERT_FILE": str(certificate.certificate),
            "KAFKA_SSL_KEY_FILE": str(certificate.encrypted_key),
            "KAFKA_SSL_KEY_PASSWORD": KEY_PASSWORD,
        }


def password_of(user: str) -> str:
    """The password of each user of these servers."""
    return f"the password of {user}"


def start_secure_kafka(directory: Path, authority: Authority, users: tuple[str, ...]) -> SecureKafka:
    """Start Kafka with these users besides ``ADMIN``. Raises ``StartError``, or ``UnavailableError`` without Apache Kafka."""
    port, certificates_port = free_port(), free_port()
    server = authority.issue("kafka")
    store = directory / "kafka.pem"
    directory.mkdir(parents=True, exist_ok=True)
    store.write_bytes(server.key.read_bytes() + server.certificate.read_bytes())
    plain = " ".join(f'user_{user}="{password_of(user)}"' for user in (ADMIN, *users))
    scram = f'username="{ADMIN}" password="{password_of(ADMIN)}"'
    module = "org.apache.kafka.common.security"
    properties = {
        "listeners": f"SASL_SSL://{HOST}:{port},SSL://{HOST}:{certificates_port},CONTROLLER://{HOST}:{free_port()}",
        "advertised.listeners": f"SASL_SSL://{HOST}:{port},SSL://{HOST}:{certificates_port}",
        "listener.security.protocol.map": "SASL_SSL:SASL_SSL,SSL:SSL,CONTROLLER:PLAINTEXT",
        "inter.broker.listener.name": "SASL_SSL",
        "sasl.enabled.mechanisms": ",".join(MECHANISMS),
        "sasl.mechanism.inter.broker.protocol": "SCRAM-SHA-512",
        "listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config": f"{module}.scram.ScramLoginModule required {scram};",
        "listener.name.sasl_ssl.scram-sha-256.sasl.jaas.config": f"{module}.scram.ScramLoginModule required;",
        "listener.name.sasl_ssl.plain.sasl.jaas.config": f"{module}.plain.PlainLoginModule required {scram} {plain};",
        # Accepts unsigned tokens: the test covers how they are obtained, not who signs them.
        "listener.name.sasl_ssl.oauthbearer.sasl.jaas.config": f"{module}.oauthbearer.OAuthBearerLoginModule required;",
        "listener.name.ssl.ssl.client.auth": "required",
        "ssl.principal.mapping.rules": "RULE:^CN=([^,]*).*$/$1/",
        "ssl.keystore.type": "PEM",
        "ssl.keystore.location": str(store),
        "ssl.truststore.type": "PEM",
        "ssl.truststore.location": str(authority.file),
        "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
        # The node's own controller is anonymous. No listener for clients allows anonymous access.
        "super.users": f"User:{ADMIN};User:ANONYMOUS",
    }
    scram_users = [
        f"{mechanism}=[name={user},password={password_of(user)}]" for mechanism in MECHANISMS[1:3] for user in (ADMIN, *users)
    ]
    node = kafka_node(directory, port, properties=properties, scram_users=scram_users)
    node.ready_url = f"tcp://{HOST}:{port}"
    return SecureKafka(node.start(), authority, certificates_port)


@dataclass(frozen=True)
class SecureMongo:
    """A MongoDB that requires a login over TLS."""

    server: Server
    authority: Authority

    def login(self, user: str) -> dict[str, str]:
        """The settings with which this user logs in."""
        return {
            "MONGODB_URI": f"mongodb://{HOST}:{self.server.port}/?directConnection=true",
            "MONGODB_USERNAME": user,
            "MONGODB_PASSWORD": password_of(user),
            "MONGODB_AUTH_SOURCE": "admin",
            "MONGODB_TLS_CA_FILE": str(self.authority.file),
        }


def start_secure_mongodb(directory: Path, authority: Authority, databases: Mapping[str, str]) -> SecureMongo:
    """Start MongoDB with these users, each of whom may read and write one database. Raises ``StartError``."""
    server = start_mongodb(directory)
    with MongoClient[dict[str, object]](server.url) as client:
        for user, database in databases.items():
            roles = [{"role": "readWrite", "db": database}]
            client.admin.command("createUser", user, pwd=password_of(user), roles=roles)
    server.stop()
    certificate = authority.issue("mongodb")
    server.command += ["--auth", f"--tls-cert-file={certificate.certificate}", f"--tls-key-file={certificate.key}"]
    server.ready_url = f"tcp://{HOST}:{server.port}"
    return SecureMongo(server.start(), authority)
