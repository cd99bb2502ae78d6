"""Phrases of refusals in English, one table for each meaning. Other languages are in ``languages``.

The phrases are those of mail servers: RFC 5321 (section 4.2.2), Postfix, Exim, sendmail, qmail, Exchange, Gmail, Yahoo, and more.
All are in lower case, without links, addresses and codes. Each expression is linear: its repeats are bounded, and none follows
another.
"""

from typing import Final

from notifications.bounces.domain.gone_english import PERSON
from notifications.bounces.domain.regexes import any_of

MAIL_TO_SOMEBODY: Final = any_of(
    r"(?:\b(?:your|the|this|an?) |^)(?:e-?mail|mail|message|delivery|attachment|server|system) (?:\w{1,12} ){0,3}?(?:to|for) "
    rf"(?:\w{{1,12}} ){{0,2}}?{PERSON}\b",
    rf"\byour (?!recip|contact|addressee)(?:[\w-]{{1,14}} ){{1,2}}?(?:to|for|with) (?:\w{{1,12}} ){{0,2}}?{PERSON}\b",
)
"""Our mail, or a server: what happened to "the mail for this user" did not happen to the user."""
NO_REASON: Final = any_of(
    r"return(?:ed|ing)? (?:\w{1,12} ){0,3}(?:to )?sender|(?:relay|local|virtual)(?: \w{1,10})? recipient table",
    r"(?:relay|local|virtual) (?:user|alias|mailbox)(?: \w{1,10})? (?:table|map)",
    r"please (?:do not|don't) (?:reply|answer|respond)[^.]{0,80}|\.\.\. service unavailable|(?:remote )?host (?:\S{1,80} )?said:",
    r"unless (?:\w{1,12} ){0,6}spam[^.]{0,60}|this is a permanent error|no relay(?=ing)? to (?:unknown|non)",
    r"(?:check|verify|correct) [^.;]{0,80}?(?:and|then|before) (?:(?:try|retry)\w*|(?:re)?send\w*)[^.;]{0,40}|(?:dear|hello|"
    r"hi) sender\b",
    r"(?<=by that name) is currently available|unknown address error|(?<=mail exchanger) or ip address",
    r"(?:the|any) ip address(?:es)? (?=(?:of|for) )",
    r"other (?:address status|network problem|mail system problem)",
    r"following (?:\w{1,12} ){0,2}(?:address|recipient|user)(?:es|s|\(e?s\))?(?: or groups)?"
    r"(?: had (?:\w{1,12} ){0,3}errors| failed(?: permanently)?| could not be (?:reached|delivered to))?(?![\w(])"
    r"(?! (?:\w{1,12} ){0,2}(?:not|unknown|invalid))",
    r"either there is no mailbox associated with this name or you do not have authorization to see it",
)
"""Phrases that give no reason. They are removed before the rest is read."""

BEFORE_RECIPIENT: Final = any_of(
    r"(?:in reply to|response to|after|for|in|>>>) (?:the )?(?:end of )?(?:mail from|helo|ehlo|starttls|auth\b|"
    r"initial connection)",
)
"""The server refused a command before that of the recipient."""

FULL: Final = any_of(
    r"quota",
    r"(?:mail ?box|inbox|box|folder|account|disk|storage|mail ?spool|maildrop|file ?system|directory|mdb|it|user|"
    r"recipient)(?:'s)?(?: \w{1,12}){0,3}? (?:is |are |was |seems |almost |may be )?(?:full|exceed(?:ed)?|over(?:drawn|"
    r"quoted|sized))\b",
    r"full (?:mail ?box|inbox)|mailboxfull",
    r"(?:exceed|over|beyond|reached|above)\w{0,4} (?:\w{1,12} ){0,5}(?:storage|size|space|allot|allowed|allocat|"
    r"capacity)",
    r"enough (?:\w{1,10} ){0,2}(?:storage|disk|space|room)|(?:space|storage) not enough",
    r"(?:insufficient|out of|no|lack of|running out of|low) (?:\w{1,10} ){0,2}(?:storage|disk|space|resources)",
    r"no space left|too many messages (?:in|on)|over (?:the )?(?:maximum )?(?:allowed |disk )?limit|dsnfull",
    r"(?:mail ?box|inbox|account) (?:size )?limit (?:reached|exceeded)|storage (?:limit|space|allocation|exceed)|space limit|"
    r"limit exceeded for (?:mailbox|user)",
)
NOT_NOW: Final = any_of(
    r"tim(?:ed?|ing) ?-?out|too (?:long|quickly|fast|often|frequent)|gr[ae]y-?list|(?<!not )retry|retries",
    r"(?<!account )(?<!mailbox )(?<!user )(?<!address )(?<!domain )(?<!has )(?<!is )"
    r"expired(?! (?:mail ?box|account|user|alias|domain|address|recipient))|"
    r"(?:message|mail|time|delivery|envelope) (?:\w{1,12} ){0,3}expired",
    r"try (?:again|later)|(?:again|retried?|back) later|temporar|temporally|transient|deferr?(?:ed|al)|throttl|\brate\b",
    r"too (?:many|much)\b|receiving (?:mail|messages) (?:too|at a)|unusual rate|volume",
    r"connection (?:\w{1,10} ){0,3}(?:refused|timed|lost|reset|failed|dropped|closed|died)|lost connection",
    r"conversation",
    r"(?:could|can|was|were)(?: ?not|n't) (?:be )?(?:able to )?(?:connect|contact|reach|establish|open|lock|respon|create)",
    r"unable to (?:connect|contact|reach|establish|open|lock|create|switch)|unreachable|no route to|refused connection",
    r"not responding|didn't (?:respond|accept)|no answer|did not respond",
    r"name server (?:loop|fail|error: .{0,30}(?:malform|try))|malformed (?:or unexpected|name server)",
    r"(?:dns|name) server (?:failure|error|timeout)|servfail|host name lookup fail|dns soft error",
    r"\bcurrently\b",
    r"unavailable (?:at|for) th(?:is|e) (?:time|moment|next|period)|at this time|at the moment|right now|not available (?:now|"
    r"yet|today|until)\b",
    r"(?:service|server|system|domain) (?:is )?(?:currently |temporarily |not |un)(?:available|unavailable|down|ready)",
    r"(?:local|system|internal|server|i/?o|input/output|protocol|processing|delivery agent|mailer|program|"
    r"config(?:uration)?) (?:\w{1,12} )?error",
    r"misconfigur|primary smtp address",
    r"loop(?:s|ing)?\b|too many hops|hop count|busy|overload|maintenance|shutting down|frequency",
    r"(?<!permanently )(?:suspend|locked)(?!(?:ed)? (?:permanently|for ?ever|for good))",
    r"\bfor now\b|\buntil\b|on hold|\bheld\b|\bpending\b|not yet(?! active)|please wait|in (?:an?|\d{1,3}|a few) (?:minute|"
    r"hour|day)s?\b|"
    r"(?:mon|tues|wednes|thurs|fri|satur|sun)days?\b|weekend|\boffline\b|crashed|corrupt|next (?:day|week|month)",
    r"not running|can't create|cannot create|died of signal|read error",
    r"write error|no mail server|over (?:its |the )?(?:daily|hourly)|resources|deadlock|unable to lookup",
    r"(?:dns|lookup) fail(?!.{0,100}\bnot found)|all hosts .{0,60}fail",
)
UNSURE: Final = any_of(
    r"\bwhether\b",
    r"\b(?:may|might|could|can) (?:not exist|no longer|have (?:been|moved))|(?:possible|some) (?:reasons?|causes?)",
    r"(?:could|may|might|can) be (?:the result|due to|caused|because)|one of the following",
    r"mailbox (?:unavailable|not found) or access|possible forgery|no (?:\w{1,10} )?activity since|not local\W{1,3}please try",
    r"host not found, try again",
)
"""The server guesses, or gives several reasons."""
SENDER: Final = any_of(
    r"\b(?:sender|originator)(?:'?s)? (?:\w{1,12} ){0,2}?(?:address|domain|host|account|mailbox|verif|reject|refus|unknown|"
    r"invalid|"
    r"does|is|was|could|has)|(?:unknown|invalid|no such|bad) (?:envelope )?sender",
    r"(?<!callout )(?<!recipient )verif(?:y|ication) failed(?! for address)|callout(?! verification failed: \w)|"
    r"callback(?! setup failed while verifying (?:recipient|address))",
    r"your (?:domain|address|mail ?box) (?:\w{1,14} ){0,2}(?:not|doesn't|does|has no|unknown|invalid)",
)
"""Our own address is what was not found, even if a later sentence no longer says so."""
ABOUT_US: Final = any_of(
    r"spam|junk|unsolicited|bulk|(?<!un)(?:block|black|deny|white|gray|black-?hole|drop)(?:ed)?[- ]?list",
    r"\bblock(?:ed|ing|s)?\b|blackhole|reputation",
    r"\b(?:rbl|spf|dkim|dmarc|arc|ptr|rdns|helo|ehlo|tls|fcrdns|sbl|xbl|pbl|bl|mta-sts)\b|barracuda",
    r"(?<!not )(?<!is )(?<!are )\blisted\b (?:at|on|in|by)|is listed|are listed|banned|abus|complain",
    r"suspicious|phish|malware|virus|infected|trojan|worm|message-id|\burls?\b|reply-to|user group",
    r"not (?:permitted|allowed|authori[sz]ed|accepted from)|permission|unauthori[sz]ed|authori[sz]ation",
    r"authenticat|restrict|access control|denied|relay(?!=)|password|gateway to",
    r"\bsenders?\b|originator|allowed rcpthosts|recipients from|receiving limit|excessive|harvest|resource record",
    r"return (?:path|address)",
    r"from:? address|valid from\b|dnssec|\byou (?:are|must be) (?:not|logged|a )|"
    r"sending (?:(?:for|from) )?(?:(?:this|your|the) )?(?:account|address|user)|"
    r"(?:account|user|address) (?:that is )?sending",
    r"for sending|mail ?from\b|your (?:\w{1,12} )?account",
    r"(?:of|from) your (?!recip|contact|addressee|correspondent)|(?:for|by) your (?:ip|host|server|domain)",
    r"your (?:ip|host|server|domain|network|isp|mail server|address|email address|client|system|"
    r"provider) (?:\w{1,14} ){0,5}(?:reject|refus|not|is|was|has|does|doesn't|looks|appears)",
    r"your (?:message|mail|e-?mail) (?:\w{1,14} ){0,3}(?:looks|appears|contain|violat|triggered|identified|classified|"
    r"considered|flagged|detected)",
    r"client host|reverse|\bhostname|host network|\bips?\b|connecting (?:ip|host)|dynamic|dial-?up|residential",
    r"no longer accepts? (?:[\w-]{1,12} ){0,2}(?:mail|messages?) (?:\w{1,12} ){0,2}(?:with|from|over|larger|in)\b",
    r"malformed (?:address|header|message|mail)|bad (?:message|command|sequence)",
    r"limit on the number|challenge|whitelist|moderat|members? (?:only|can post)",
    r"only (?:members|subscribers)|not (?:a )?(?:member of (?:this|the) (?:list|mailing|group)|subscribe)",
    r"rejected by (?:the )?(?:recipient|user|administrator|system|rule)|\buser reject(?:ed|s)?\b",
    r"data format|not accept (?:delivery of )?(?:this|your|the) (?:message|mail|e-?mail)",
    r"undesirable|unwanted|looks like|refused by|unsubscribed|opted[- ]out|(?:contacts|friends|internal \w{1,10}) only|"
    r"only (?:\w{1,12} ){0,3}from",
    r"only accepts?|previously bounced|from (?:known|approved|trusted|internal|external|outside)|declined",
    r"nonexistent domain of|account for (?:this|that) domain",
)
TOPICS: Final = any_of(
    r"\bcontents?\b|attachments?\b|\bextension|executable|polic(?:y|ies)|prohibit|forbidden|filter|trust|confirm|security",
    r"administrative(?:ly)? (?!disabled)|certificate|\bdane\b|encrypt|(?:message|mail) rejected",
    r"too (?:large|big)|message (?:size|exceed|length|is over)|size (?:limit|exceed|of)",
    r"exceeds? (?:\w{1,12} ){0,3}(?:message|size|limit|maximum)|max(?:imum)? message|header|non-?ascii|8-?bit|smtputf8",
    r"8bitmime|rfc ?\d|(?<!address )(?<!mailbox )(?<!recipient )syntax|bare (?:lf|cr)|line (?:too|length)|character|charset",
)
"""Topics of refusals about us or our mail. Filters and departments are called so, too."""
GUESSES: Final = any_of(r"perhaps|possibly|maybe|not accepting (?:mail|message|connection)")
"""The server guesses, or refuses all mail. As with topics, a plain statement next to it outweighs it."""
LIMITS_OF_OURS: Final = any_of(
    r"(?:sending|daily|hourly|outgoing|outbound|relay)(?: \w{1,12}){0,3} (?:limit|quota)",
    r"(?:limit|quota) (?:\w{1,12} ){0,3}(?:for sending|outgoing|per (?:day|hour))",
    r"too many .{0,20}\bfrom\b",
)
"""Limits of what we send, not of what the mailbox holds."""

PROBABLY_NOBODY: Final = any_of(
    r"(?:account|mailbox|user)(?: \w{1,12}){0,4} (?:not available|is unavailable|unavailable)|mailbox unavailable",
    r"recipient (?:address )?rejected[.:]?(?: <?address>?)?(?: \(?in reply to rcpt to command\)?)?$",
)
"""This also means that nobody has the address, if it is all that a server says."""
CLEARLY_NOBODY: Final = any_of(
    r"(?:does|do)(?:n't| not) (?:exist|have an?)|disabled|discontinued|no longer",
    r"account (?:is )?(?:inactive|deactivated)|no such (?:user|mailbox|account|recipient)|not found|deleted|closed",
    r"no valid recipients?|all recipients are invalid",
)
"""Clearer than "user unknown", which filters also say of recipients that the server had accepted."""
GONE_BY_DISUSE: Final = any_of(
    r"(?<!temporarily )(?:closed|disabled|deactivated|deleted|removed|terminated|expired|blocked|locked) "
    r"(?:due to|because of|for|after)(?: \w{1,12}){0,3} inactivity",
)
"""The mailbox is gone, even if the text says "blocked"."""
STANDARD: Final = any_of(r"requested (?:mail )?actions? not taken\W{0,3}(?:as the )?mailbox (?:is )?unavailable")
GONE_AT_ONCE: Final = any_of(
    r"(?:address )?(?:is |was |has been )?(?:disabled|deactivated|discontinued|inactive|deleted|not known|"
    r"unknown(?: here)?(?=[,.;]|$)|"
    r"not an? (?:valid|known|registered)|no longer (?:exists|valid|in use|active))\b",
    r"(?:address )?(?:does|do|did)(?: not|n't) exist\b|(?:address )?(?:is |was )?not found(?=[,.;]|$| by )",
)
"""What happened to the recipient, as the first words of a reply."""
