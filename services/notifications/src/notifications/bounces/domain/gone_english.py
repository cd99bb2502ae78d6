"""Says in English that nobody has an address. A sentence must name both the recipient and what happened, in either order.

The words are those of mail servers: RFC 5321 (section 4.2.2), Postfix, Exim, sendmail, qmail, Exchange, Gmail, Yahoo, and more.
Each expression is linear: its repeats are bounded, and none follows another.
"""

from typing import Final

from notifications.bounces.domain.regexes import any_of

PERSON: Final = (
    r"(?:users?|recip(?:ient)?s?|receivers?|your contact|mail[ -]?box(?:es)?|accounts?|(?:e-?mail|mail)?address(?:es|ees?)?|"
    r"persons?|customers?|"
    r"subscribers?|"
    r"log-?in|alias(?:es)?|inbox|mail ?drop|(?:e-?mail|mail) (?:id|user)|"
    r"destination|(?:user ?)?names?|local[ -]?part|user ?id|people|party|employee|colleague|student|pupil|individual|owner|"
    r"holder|professor|teacher|resident|tenant|volunteer|intern|group|"
    r"rcpt(?:to)?(?! to\b))"
    r"(?! activity|'s? (?:e-?mails?(?! address)|mails?|messages?|calendar|server|system|provider|settings|client|connection)\b|"
    r" (?:path|home|database|file|director(?:y|ies)|logged|authenticated|specified|given|provided|supplied|selected|"
    r"interaction|input)\b)"
)
_DOMAIN: Final = r"(?:host(?: or domain)?(?: name)?|(?:mail )?domain(?: name)?)"
_NOT_OF_A_THING: Final = (
    r"(?! (?:error|reason|problem|failure|exception|command|option|parameter|argument|protocol|syntax|format|mechanism|"
    r"message|mail(?![ -]?box)|data|header|attachment|content|type|ip|server|client|extension|helo|ehlo|encoding|charset|"
    r"credential|token|"
    r"sender|signature|certificate|date|response|reply|"
    r"status)s?\b)"
)
_THERE: Final = (
    r"(?:be )?(?:found|known|exist(?:s|ed|ing)?|recogni[sz]ed|valid|active|listed|registered|defined|located|resolved|present|"
    r"in use|in service|used|deliverable|exactly match|here|correct|assigned|allocated|provisioned|hosted|subscribed|employed|"
    r"on file|one (?:of|that we|we)|an? (?:valid|known|local|active|existing|registered)|associated with|ours\b|with us\b|among|"
    r"enrolled|maintained|(?:on|at|in|of|part of) (?:this|our|the|that) (?:server|system|host|machine|domain|site|company|"
    r"organi[sz]ation|location|institute|school|university|network|office))"
)
"""What "not", "never" and "no longer" deny of a recipient."""
_GONE: Final = (
    rf"(?:(?:unknown|unkn?own|unknow|invalid){_NOT_OF_A_THING}|(?:not|isn't|wasn't|aren't|never|hasn't been|"
    rf"haven't been) (?:(?:yet|been|be|to|as|being|considered|recogni[sz]ed) ){{0,3}}{_THERE}|"
    r"(?:does|do|did|dose)(?: ?not?|n't) (?:\w{1,12} )?(?:exists?|have|match|appear|resolve|belong|live|reside|work)|"
    r"(?:doesnt|dosn't) exist|"
    r"(?:couldn't|can't|cannot|could not|can not) (?:be )?(?:found|located|resolved|find|matched|identified|mapped)|no longer|"
    r"no more(?! \w)|"
    r"(?:not|n't) (?:\w{1,12} ){0,4}any ?(?:more|longer)(?! \w)|"
    r"inactive|inactivated|non[ -]?exist(?:[ea]nt|ing)|disabled|discontinued|deactivated|terminated|(?:deleted|removed|"
    r"erased)(?! (?:your|this|my|our)\b)|"
    r"cancell?ed|retired|decommissioned|purged|obsolete|defunct|dead|unassigned|unregistered|moved|ha[sv]e? expired|lapsed|"
    r"de-?provisioned|archived|withdrawn|wiped|dissolved|abandoned|vanished|revoked|passed away|deceased|resigned|"
    r"mis-?spell?ed|mistyped|bogus|non-existing|dropped|expired(?= *$)|ceased to exist|"
    r"closed(?! (?:(?:the|its|this) )?(?:connection|port|session|channel|transmission|conversation|to|for|user)\b)|"
    r"(?:is|are) gone|shut down(?! the)|"
    r"permanently (?:closed|suspended|locked)|(?:closed|suspended|locked) (?:permanently|for ?ever|for good)|wound up|"
    r"(?:has|have) (?:left|departed|graduated|quit|ended|died)|left (?:the|our|this|us\b) ?(?:company|firm|organi[sz]ation|"
    r"university|"
    r"school|college|institut|office|department|business|club|association|agency|bank|hospital)?|"
    r"lookup failure|unreachable by name|unrouteable|unroutable|unrecogni[sz]ed|unresolvable)"
)
_NO: Final = (
    r"(?:unknown|unkown|unknow|no such|no|invalid|non[ -]?exist(?:[ea]nt|ing)|inexistent|bad|illegal|incorrect|wrong|"
    r"unrouteable|unroutable|"
    r"undeliverable|unrecogni[sz]ed|inactive|deactivated|disabled|deleted|closed|expired|dead|defunct|not existing|undefined|"
    r"unregistered|bogus|mis-?spell?ed|mistyped|obsolete|retired|removed|former|terminated|discontinued|cancell?ed|(?:is not|"
    r"isn't) any|not (?:an?|our|local|any)(?: \w{1,9})?)"
)
_NOT_ABLE: Final = (
    r"(?:(?:do|does|did|could|can|is|are|was|were|has|have|had)(?: ?not|n'?t)|can't|cannot|never|unable to|fail(?:s|ed)? to|"
    r"not able to|n't able to|impossible to)"
)
_KNOW: Final = r"(?:find(?! out)|found|know|knew|recogni[sz]ed?|identif(?:y|ied)|locate|resolve|match|host|serve|heard? of|list)"
_DIRECTORY: Final = r"(?:directory|active directory|ldap|database|list of|our|my valid|the valid)"
_SAYS_SO: Final = (
    # the person
    r"not (?:one of )?(?:our|a|my) (?:local )?(?:customer|user|recipient|mailbox|account)|"
    r"not our (?:\w{1,10} ){0,2}(?:customer|client|user)",
    r"not a member of domain|addressee unknown|e-?mail does(?: not|n't) exist",
    r"(?:user|recipient|address)(?: is)? not (?:local|here|found)|unknown (?:or illegal|in|local|user|recipient)",
    r"no such (?:id|member|object|entry|one|local)|(?:nobody|no one|no person) (?:here |at |is )?(?:by|with|of|called|named|"
    r"at|known)",
    r"there is (?:nobody|no one)|(?:nobody|no one) (?:here )?(?:has|uses|owns) (?:this|that|such)",
    r"no (?:\w{1,10} )?(?:by|with|of) th(?:at|is|e) (?:user ?)?name|name (?:is )?not recogni[sz]ed",
    r"never logged (?:in|on)|(?:not|isn't) in (?:my|our|the) list of (?:\w{1,10} )?(?:recipients|users|mailboxes)",
    r"(?:does(?: not|n't)|not) handle(?:d)?\b.{0,20}(?:user|address|recipient|mailbox|by this (?:system|server))",
    r"unavailable (?:mail )?(?:user|recipient|mail ?box|account)|(?:does|do)(?: not|n't) exists? (?:that|such|this) user",
    r"not (?:an? )?(?:user|mailbox|account|recipient) (?:of|on|at) this",
    r"no (?:valid )?recipients? found|invalid (?:local )?recipient",
    r"cannot deliver mail for",
    r"(?:no such|unknown|invalid) e?-?mail\b|(?:wrong|bad|incorrect) e?-?mail address|bad destination",
    r"(?:doesn't|does not) (?:receive|work here)|no record of (?:this|that|such)|unrecogni[sz]ed[ -]o/?r[ -]?name|"
    r"no longer (?:with|at|in use|valid|active|here|works?|available|accept|work)",
    r"no ?such ?(?:user|mail ?box|recipient|account|address)|unknownuser|userunknown|rnosuch|badrecipient|badrcptto|"
    r"invalidrecipient|no (?:entry|record|mail ?box|"
    r"match(?:es)?) (?:for|of|to)\b",
    r"mail ?box (?:is )?missing|e-?mail (?:is |was |has been )?(?:deactivated|inactive|disabled|closed|discontinued|"
    r"cancell?ed|unknown)\b",
    r"recip(?:ient)? ?notfound|delivery to this address is restricted to nobody",
    rf"{PERSON} (?:is |was )?(?:gone|illegal|incorrect|wrong)\b",
    # where it was looked for
    rf"not (?:found )?in (?:the )?{_DIRECTORY}",
    r"(?:not|isn't) in (?:my|our|the) (?:local |valid )?(?:list|table)\b(?! of allowed)",
    r"not (?:listed |found )?in (?:the |our |any )?(?:recipients?|users?|address|mailbox|alias) (?:list|table|map|database)",
    rf"{PERSON} (?:is )?not in (?:\w{{1,10}} )?(?:list|table)\b",
    r"(?:not|isn't) listed in|not known (?:here|at)|not recogni[sz]ed here",
    r"(?:cannot|can't|could ?n[o']t|n't able to|unable to) (?:find|locate|identify) (?:any |the |an? )?"
    r"(?:alias|(?:mail )?exchanger|host|user|recipient|mail ?box|mail|mx)",
    rf"{_NOT_ABLE} (?:\w{{1,12}} ){{0,2}}?{_KNOW} (?:[^\s.;,]{{1,20}} ){{0,4}}?{PERSON}\b",
    rf"{_NOT_ABLE} resolve (?:[^\s.;,]{{1,20}} ){{0,6}}?{_DOMAIN}\b|never heard of",
    # the mailbox
    r"no mail ?box here|(?:account|mail ?box|user|"
    r"address) (?:is |"
    r"has )?expired",
    rf"(?:has|does|do)(?:n't| not) (?:have )?(?:an?|any|such) (?:\S{{1,60}} ){{0,3}}?{PERSON}\b",
    # a new address
    r"there is no [\w-]{1,40} at (?:this|our) (?:company|firm|organi[sz]ation|school|university|institute|office)",
    r"(?:has|have) moved|please (?:try|use|forward to) (?:the )?new|new (?:e-?mail )?address",
    r"(?:address|mailbox|account|e-?mail) (?:has been |was |has )?(?:replaced|changed)|has been replaced by",
    # the domain
    r"(?:host|domain)(?: name)?(?: or domain name)? (?:\S{1,100} )?(?:not found|does not exist)|nxdomain",
    r"no (?:valid |usable )?mx\b|record indicated no smtp service|null ?mx|name or service not known|"
    r"points? to non-?existent hosts|lookup in domain map failed",
    r"(?:domain|host) (?:does not|doesn't) accept (?:any )?(?:e-?)?mails?(?= *(?:[.;,(]|$))",
    r"because the domain is not reachable|dns domain .{0,60}does not exist|invalid domain$|illegal host/domain name found",
)
"""Phrases for an address that does not exist which fit no pattern."""
NOBODY: Final = any_of(
    rf"\b(?:{PERSON}|{_DOMAIN})\b[^.;]{{0,60}}? ?[:,.-]? ?{_GONE}\b",
    rf"\b{_NO}{_NOT_OF_A_THING}[ -](?:(?!(?:domain|host) (?!mail ?box|user))[\w/-]{{1,14}} ){{0,2}}?{PERSON}\b",
    rf"\b(?:unknown|no such|non[ -]?existent|unrouteable|unroutable|unresolvable) {_DOMAIN}\b",
    *_SAYS_SO,
)
