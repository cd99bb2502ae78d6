"""What the words of a refusal say, whatever its code.

Words that spare the address are asked first: who writes "no such user, or the mailbox is full" has not said that nobody is there.
Each expression is linear: its repeats are bounded, and none follows another.
"""

import re
from typing import Final, Literal

from notifications.domain.bounces.expressions import any_of

Said = Literal["hard", "soft", "policy", ""]

_MOST: Final = 4_000
"""Characters that are looked at."""
_NO_WORDS: Final = re.compile(
    r"https?://\S{1,300}|<?[^\s<>]{1,128}@[^\s<>]{1,255}>?|"  # links and addresses: what these are called says nothing
    r"\b[245]\d\d[ -](?:#?[245]\.\d{1,3}\.\d{1,3})?|#?[245]\.\d{1,3}\.\d{1,3}"  # codes, which come in the middle of sentences
)
_NO_REASON: Final = any_of(
    r"return(?:ed|ing)? (?:\w{1,12} ){0,3}(?:to )?sender|(?:relay|local|virtual)(?: \w{1,10})? recipient table",
    r"(?:relay|local|virtual) (?:user|alias|mailbox)(?: \w{1,10})? (?:table|map)",
    r"please (?:do not|don't) reply[^.]{0,80}|\.\.\. service unavailable|(?:remote )?host (?:\S{1,80} )?said:",
    r"unless (?:\w{1,12} ){0,6}spam[^.]{0,60}|this is a permanent error|no relay(?=ing)? to (?:unknown|non)",
)
"""What stands in most bounces, or names a table."""


_BEFORE_US: Final = any_of(
    r"(?:in reply to|response to|after|for|in|>>>) (?:the )?(?:end of )?(?:mail from|helo|ehlo|starttls|auth\b|"
    r"initial connection)",
)
"""The refusal came before the recipient was named."""

_COMMAND: Final = re.compile(r"\b(mail from|helo|ehlo|rcpt to|end of data)\b|>>> (data)\b")
_IN_REPLY_TO: Final = re.compile(r"in reply to (?:end of )?(mail from|helo|ehlo|rcpt to|data)\b()")
_BLOCK_LISTS: Final = re.compile(
    r"spamhaus|spamcop|barracuda(?:central|networks)|sorbs|senderbase|uceprotect|dnsbl|blo?c?k?-?list|blacklist|rbl\b", re.I
)
"""Those name a list though they stand in a link."""
_FULL: Final = any_of(
    r"quota|\blleno\b|\bvoll\b|\bplein\b|\bpiena\b|\bcheia\b|переполнен",
    r"(?:mailbox|inbox|box|folder|account|disk|storage|mail ?spool|maildrop|file ?system|directory|mdb|it|user|"
    r"recipient)(?:'s)?(?: \w{1,12}){0,3}? (?:is |are |was |seems |almost |may be )?(?:full|exceeded|over(?:drawn|"
    r"quoted|sized))\b",
    r"full (?:mailbox|inbox)|mailboxfull|mailbox_full",
    r"(?:exceed|over|beyond|reached|above)\w{0,4} (?:\w{1,12} ){0,5}(?:storage|size|space|allot|allowed|allocat|"
    r"capacity)",
    r"enough (?:\w{1,10} ){0,2}(?:storage|disk|space|room)",
    r"(?:insufficient|out of|no|lack of|running out of|low) (?:\w{1,10} ){0,2}(?:storage|disk|space|resources)",
    r"no space left|too many messages in|over (?:the )?(?:maximum )?(?:allowed |disk )?(?:quota|limit)|dsn_?full",
    r"storage (?:limit|space|allocation|exceed)|space limit|limit exceeded for (?:mailbox|user)|容量|いっぱい",
)
_NOT_NOW: Final = any_of(
    r"tim(?:ed?|ing) ?-?out|timeout|expired|too (?:long|quickly|fast|often|frequent)|gr[ae]y-?list|retry|retries",
    r"try (?:again|later)|(?:again|retried?|back) later|temporar(?:y|ily)|transient|deferr?(?:ed|al)|throttl|\brate\b",
    r"too (?:many|much) (?:\w{1,15} ){0,3}(?:mail|message|connection|recipient|hop|session|concurrent|command|error)",
    r"receiving (?:mail|messages) (?:too|at a)|unusual rate|volume",
    r"connection (?:\w{1,10} ){0,3}(?:refused|timed|lost|reset|failed|dropped|closed|died)|lost connection",
    r"conversation",
    r"(?:could|can|was|were)(?: ?not|n't) (?:be )?(?:able to )?(?:connect|contact|reach|establish|open|lock|respon)",
    r"unable to (?:connect|contact|reach|establish|open|lock|create)|unreachable|no route to|refused connection",
    r"not responding|didn't (?:respond|accept)|no answer|did not respond",
    r"name server (?:loop|fail|error: .{0,30}(?:malform|try))|malformed or unexpected",
    r"(?:dns|name) server (?:failure|error|timeout)|servfail|host name lookup fail",
    r"name server: \S{1,60}: host name lookup fail|currently (?:unavailable|not available|out of)|not currently accept",
    r"unavailable (?:at|for) th|at this time|right now",
    r"(?:service|server|system|domain) (?:is )?(?:currently |temporarily |not |un)(?:available|unavailable|down|ready)",
    r"(?:local|system|internal|server|i/o|protocol|processing|delivery agent|mailer|program|"
    r"configuration) (?:\w{1,12} )?error",
    r"loop(?:s|ing)?\b|too many hops|hop count|busy|overload|maintenance|suspend|locked|shutting down",
    r"not accepting (?:mail|message|connection)|not running|can't create|cannot create|died of signal|read error",
    r"write error|no mail server|over (?:its |the )?(?:daily|hourly)|resources|deadlock|unable to lookup",
    r"(?:dns|lookup) fail(?!.{0,100}\bnot found)|all hosts .{0,60}fail",
)
_UNSURE: Final = any_of(
    r"\b(?:may|might|could|can) (?:not exist|no longer|have (?:been|moved))|(?:possible|some) (?:reasons?|causes?)",
    r"il se peut|raisons possibles",
)
"""Nobody knows."""
_ABOUT_US: Final = any_of(
    r"spam|junk|unsolicited|bulk|(?<!un)(?:block|black|deny|white|gray|black-?hole|drop)(?:ed)?[- ]?list",
    r"\bblock(?:ed|ing|s)?\b|blacklist|blackhole|reputation|dnsbl",
    r"\b(?:rbl|spf|dkim|dmarc|arc|ptr|rdns|helo|ehlo|tls|fcrdns|sbl|xbl|pbl|bl|mta-sts)\b|spamhaus|barracuda",
    r"senderbase|(?<!not )(?<!is )(?<!are )\blisted\b (?:at|on|in|by)|is listed|are listed|banned|abus|complain",
    r"suspicious|phish|malware|virus|infected|trojan|worm|\bcontents?\b",
    r"(?:prohibited|illegal|invalid|blocked|bad|infected|dangerous|your) attachment",
    r"attachments? (?:\w{1,12} ){0,3}(?:not|type|reject|block|remov)|\bextension|executable|polic(?:y|ies)|prohibit",
    r"forbidden|not (?:permitted|allowed|authori[sz]ed|accepted from)|permission|unauthori[sz]ed|authori[sz]ation",
    r"authenticat|unauthenticated|restrict|access (?:denied|control)|denied|relay(?!=)",
    r"sender (?:address |domain |id |name |host |verif|ip )",
    r"sender(?:'s)? (?:address|domain|is|was|not|unknown|rejected|denied)|bad sender|sender rejected|sender:",
    r"verif(?:y|ication) (?:sender|failed)|rejected sender|envelope sender|return path|callout|callback|from address",
    r"for sending",
    r"your (?:ip|host|server|domain|network|isp|mail server|address|email address|client|system|"
    r"provider) (?:\w{1,14} ){0,5}(?:reject|refus|not|is|was|has|does|doesn't|looks|appears)",
    r"your (?:message|mail|e-?mail) (?:\w{1,14} ){0,3}(?:looks|appears|contain|violat|triggered|identified|classified|"
    r"considered|flagged|detected)",
    r"client host|reverse|hostname|host network|\bips?\b|connecting (?:ip|host)|dynamic|dial-?up|residential",
    r"too (?:large|big)|message (?:size|exceed|length|is over)|size (?:limit|exceed|of)",
    r"exceeds? (?:\w{1,12} ){0,3}(?:message|size|limit|maximum)|max(?:imum)? message|header|non-?ascii|8-?bit|smtputf8",
    r"8bitmime|rfc ?\d|(?<!address )syntax|bare (?:lf|cr)|line (?:too|length)|character|charset",
    r"malformed (?:address|header|message|mail)|bad (?:message|command|sequence)",
    r"(?:sending|daily|hourly|outgoing|outbound) (?:\w{1,12} ){0,2}(?:limit|quota)|too many .{0,20}\bfrom\b",
    r"limit on the number|filter|trust|confirm|challenge|whitelist|moderat|members? (?:only|can post)",
    r"only (?:members|subscribers)|not (?:a )?(?:member|subscribe)",
    r"rejected by (?:the )?(?:recipient|user|administrator|system|rule)|message rejected|mail rejected|data format",
    r"security|certificate|dane|encrypt|administrative(?:ly)? |undesirable|unwanted|looks like|refused by|bad reverse",
    r"domain of sender|sender policy|nonexistent domain of|spammer",
)
_TOO_MUCH_OF_US: Final = any_of(
    r"(?:sending|daily|hourly|outgoing|outbound|relay)(?: \w{1,12}){0,3} (?:limit|quota)",
    r"(?:limit|quota) (?:\w{1,12} ){0,3}(?:for sending|outgoing|per (?:day|hour))",
    r"too many .{0,20}\bfrom\b",
)
"""Limits of what we send, not of what the mailbox holds."""

_PERSON: Final = (
    r"(?:users?|recipients?|mailbox(?:es)?|accounts?|address(?:es|ees?)?|addressees?|persons?|customers?|subscribers?|"
    r"log-?in|alias|inbox|e-?mail(?: (?:address|account|box))?|host(?: or domain)?(?: name)?|domain(?: name)?|"
    r"destination|names?|local ?part|userid|user id|member|people|party|employee|student)"
)
_GONE: Final = (
    r"(?:unknown|"
    r"not (?:be )?(?:found|known|exist|exists|recogni[sz]ed|valid|listed|registered|defined|located|resolved|"
    r"exactly match|here)|"
    r"(?:does|do|did)(?: ?not|n't) (?:\w{1,12} )?(?:exist|have|match|appear|resolve)|doesnt exist|"
    r"not a (?:valid|known|local)|isn't (?:valid|known|a)|"
    r"(?:couldn't|can't|cannot|could not|can not) (?:be )?(?:found|located|resolved|find)|wasn't found|no longer|"
    r"no more|invalid|nonexist(?:e|a)nt|non-exist(?:e|a)nt|disabled|discontinued|deactivated|terminated|deleted|"
    r"removed|cancell?ed|has been closed|is closed|moved|lookup failure|has left|unreachable by name|unrouteable|"
    r"undeliverable|unresolvable|ha[sv]e? expired)"
)
_SAYS_SO: Final = any_of(
    r"(?:not|isn't) listed in|not in (?:the )?(?:directory|database|list of|our)",
    r"not (?:our|a|my) (?:local )?(?:customer|user|recipient|mailbox)",
    r"(?:host|domain)(?: name)?(?: or domain name)? (?:\S{1,100} )?(?:not found|does not exist)|nxdomain|no mx|null mx",
    r"dns domain .{0,60}does not exist|couldn't find (?:any )?(?:host|mail|exchanger)",
    r"can(?:'t|not) find (?:any )?(?:host|mail|mx|user)|no mail ?box here|nobody (?:here )?by th",
    r"no (?:\w{1,10} )?(?:by|with|of) th(?:at|is|e) (?:user ?)?name|name (?:is )?not recogni[sz]ed",
    r"not recogni[sz]ed here|there is no one|no one (?:at|by|with)|recipnotfound|recipientnotfound|user_unknown",
    r"nosuchuser|no_such_user|unknown_user|r_?no_?such|bad destination|(?:wrong|bad|incorrect) e?-?mail address",
    r"doesn't (?:receive|work here)|no longer (?:with|at|in use|valid|active|here|works?|available|accept|work)",
    r"not a known user|not known (?:here|at)|has(?:n't| not) (?:a|an) .{0,40} account",
    r"(?:does|do)(?:n't| not) have an? .{0,60}account|delivery to this address is restricted to nobody",
    r"(?:account|mailbox|user)(?: \w{1,12}){0,4} (?:not available|is unavailable|unavailable|is closed|closed)",
    r"mailbox unavailable|宛先不明|見つかりません|存在しません|unbekannt|existiert nicht|nicht gefunden|inconnue?\b|n'existe pas",
    r"no existe|desconocid[oa]|sconosciut[oa]|non esiste|não existe|nieznany|не существует|неизвест|не найден",
    r"リストにありません|user not (?:local|here|found)|not our user|not a user|unknown (?:or illegal|in|local|user|recipient)",
    r"addressee unknown|unknown to address|recipient (?:address )?rejected\.?(?: \(?in reply to rcpt to command\)?)?$",
    r"invalid (?:local )?recipient|no recipients? found|has moved|please (?:try|use|forward to) (?:the )?new",
    r"new (?:e-?mail )?address",
)
_NO_PERSON: Final = (
    r"(?:unknown|no such|no|invalid|non-?existent|bad|illegal|incorrect|wrong|unrouteable|undeliverable|"
    r"unrecogni[sz]ed|inexistent|not (?:a|our) (?:\w{1,9} )?)"
)
_NOBODY: Final = any_of(
    rf"\b{_PERSON}\b[^.;]{{0,60}}? ?[:,.-]? ?{_GONE}\b",
    rf"\b{_NO_PERSON} ?(?:[\w/-]{{1,14}} ){{0,2}}?{_PERSON}\b",
    _SAYS_SO.pattern,
)


def clearly_nobody(text: str) -> bool:
    """Whether a sentence says that the mailbox is gone, which is more than two words that filters use, too."""
    return _CLEARLY.search(words(text)) is not None


def is_there(text: str) -> bool:
    """Whether it is the mailbox that takes no mail now: it is full, or its server asks everybody to come again."""
    said = words(text)
    return bool(_FULL.search(said) or re.search("gr[ae]y-?list", said))


def words(text: str) -> str:
    """A text as it is asked: small, in one line, without links, addresses, codes, and what stands in most bounces."""
    plain = text[:_MOST].replace("\u2019", "'").replace("\u2018", "'")
    small = " ".join(_NO_WORDS.sub(" ", plain).lower().split())
    return " ".join(_NO_REASON.sub(" ", small).split())


_CLEARLY: Final = any_of(
    r"(?:does|do)(?:n't| not) (?:exist|have an?)|disabled|discontinued|no longer",
    r"no such (?:user|mailbox|account|recipient)|not found|deleted|closed",
)


def phase(text: str) -> Literal["mail", "rcpt", "data", ""]:
    """What was refused, by the last command that this text names: the sender, the recipient, the mail itself."""
    small = " ".join(text.lower()[-_MOST:].split())
    commands = [name or other for name, other in _IN_REPLY_TO.findall(small) or _COMMAND.findall(small)]
    if not commands:
        return ""
    return "rcpt" if commands[-1] == "rcpt to" else "data" if "data" in commands[-1] else "mail"


def meaning(text: str) -> Said:
    """What a refusal says; "" where that is not understood."""
    said = words(text)
    if _BLOCK_LISTS.search(text[:_MOST]):
        return "policy"
    if _BEFORE_US.search(said) or _TOO_MUCH_OF_US.search(said):
        return "policy"
    if _FULL.search(said):
        return "soft"
    if _ABOUT_US.search(said):
        return "policy"
    if _NOT_NOW.search(said) or _UNSURE.search(said):
        return "soft"
    return "hard" if _NOBODY.search(said) else ""
