"""A mail server, aiosmtpd's, that prints its port and then, as JSON lines, each mail
as Python's email parser reads it. Arguments: plain, auth or starttls, and for the last
the directory of cert.pem and key.pem. Ends with its standard input."""
import asyncio
import base64
import email
import email.policy
import json
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult


class Mailbox:
    async def handle_DATA(self, server, session, envelope):
        content = envelope.original_content
        message = email.message_from_bytes(content, policy=email.policy.default)
        print(json.dumps({
            "client": session.host_name,
            "from": envelope.mail_from,
            "to": envelope.rcpt_tos,
            "user": session.auth_data,
            "tls": session.ssl is not None,
            "headers": [[k, str(v)] for k, v in message.items() if k != "Date"],
            "text": message.get_content(),
            "body": base64.b64encode(content.partition(b"\r\n\r\n")[2]).decode(),
        }), flush=True)
        return "250 OK"


def authenticate(server, session, envelope, mechanism, data):
    if data.login != b"user" or data.password != b"pass":
        return AuthResult(success=False, handled=False)
    return AuthResult(success=True, auth_data=mechanism)


mode = sys.argv[1]
options = {}
if mode != "plain":
    options = {"authenticator": authenticate, "auth_required": True, "auth_require_tls": mode == "starttls"}
if mode == "starttls":
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(sys.argv[2] + "/cert.pem", sys.argv[2] + "/key.pem")
    options.update(tls_context=context, require_starttls=True)


async def main():
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(Mailbox(), hostname="peer", **options), "127.0.0.1", 0)
    print(json.dumps(server.sockets[0].getsockname()[1]), flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


asyncio.run(main())
