"""A mail server on loopback: what SMTP (RFC 5321) and the message format (RFC 5322) ask of a sender, it insists on."""

import asyncio
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import parsedate_to_datetime


class MailServer:
    """Admits recipients at example.org; remembers each mail with its envelope. A `silent` one takes connections and never says a word."""

    def __init__(self, *, silent: bool = False) -> None:
        self.silent = silent
        self.mails: list[tuple[str, list[str], EmailMessage]] = []
        self.said: list[str] = []
        self.port = 0

    async def start(self, host: str = "127.0.0.1") -> "MailServer":
        self._server = await asyncio.start_server(self._serve, host, 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def stop(self) -> None:
        self._server.close()
        await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        sender, recipients = "", []
        if self.silent:
            await reader.read()
            return writer.close()

        def say(line: str) -> None:
            writer.write(f"{line}\r\n".encode())

        say("220 mail.example.org ESMTP")
        while line := (await reader.readline()).decode().rstrip("\r\n"):
            self.said.append(line)
            match line.upper().split(" ")[0].partition(":")[0]:
                case "EHLO" | "HELO":
                    say("250 mail.example.org")
                case "MAIL":
                    sender, recipients = _path(line), []
                    say("250 ok")
                case "RCPT":
                    admitted = _path(line).endswith("@example.org")
                    recipients += [_path(line)] if admitted else []
                    say("250 ok" if admitted else "550 no such user here")
                case "DATA" if not recipients:
                    say("554 no valid recipients")
                case "DATA":
                    say("354 end with a dot")
                    whole = (await reader.readuntil(b"\r\n.\r\n"))[:-5].replace(b"\r\n..", b"\r\n.")
                    wrong = _wrong(whole)
                    say(f"550 {wrong}" if wrong else "250 queued")
                    if not wrong:
                        self.mails.append((sender, recipients, message_from_bytes(whole, policy=policy.default)))
                case "QUIT":
                    say("221 bye")
                    break
                case _:
                    say("502 not known here")
        return writer.close()


def _path(line: str) -> str:
    return line[line.index("<") + 1 : line.index(">")]


def _wrong(whole: bytes) -> str:
    """What is wrong with a message; empty: nothing."""
    mail = message_from_bytes(whole, policy=policy.default)
    for name in ("From", "To", "Date", "Message-ID", "Subject"):
        if len(mail.get_all(name, [])) != 1:
            return f"one {name} is required"
    if any(len(line) > 998 for line in whole.split(b"\r\n")):
        return "a line is longer than 998 octets"
    return "" if parsedate_to_datetime(mail["Date"]).tzinfo else "the date has no zone"
