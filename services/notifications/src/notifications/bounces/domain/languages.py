"""Phrases of refusals in other languages than English. All are in lower case, and read without accents.

Each expression is linear: its repeats are bounded, and none follows another.
"""

from typing import Final

from notifications.bounces.domain.regexes import any_folded

MAIL_TO_SOMEBODY: Final = any_folded(
    r"(?:nachricht|mail|zustellung|anlage|message|courriel|pi[èe]ce jointe|mensaje|correo|entrega|messaggio|allegato|consegna|"
    r"mensagem|anexo|письмо|сообщение|лист|повідомлення|wiadomo[sś][cć]|bericht|levering|meddelandet|brevet|meldingen|"
    r"beskeden|viesti|zpr[aá]va|spr[aá]va|üzenet|mesajul?|pesan|thư) (?:\w{1,12} ){0,2}?"
    r"(?:an|f[üu]e?r|[àa]|au|pour|al?|para|per|ao?|получател\w|do|dla|для|aan|voor|till?|pro|pre|către|kepada|untuk|đến) "
    r"(?:\w{1,12} ){0,2}?(?:address|empf[äa]e?nger|destinat\w{1,6}|получател\w|odbiorcy|ontvanger|mottaga\w{1,4}|"
    r"mottaker\w{0,3}|modtager\w{0,3}|користувач\w{0,2}|одержувач\w{0,2}|пользовател\w{0,2}|user|account|mailbox)\b",
    r"(?:письмо|сообщение) получателю|liste? (?:der|des|de|di|dei) (?:empf[äa]e?nger|destinat\w{1,6})",
)
"""Our mail, not its recipient."""
NO_REASON: Final = any_folded(
    r"(?:geehrter?|lieber?|cher|chère|estimado|gentile|caro|prezado|beste|уважаемый) "
    r"(?:absender|exp[ée]diteur|remitente|mittente|remetente|afzender|отправитель)\b",
    r"\b(?:an den|an die|als|[àa] l'|al|ao|aan de|aan|do) ?(?:absender|exp[ée]diteur|remitente|mittente|remetente|afzender|"
    r"nadawcy)\b|"
    r"отправителю",
    r"\b(?:vom|von der|durch den|par (?:le|la)|por (?:el|la|o|a)|dal|dall'|pelo|pela|door de|przez) "
    r"(?:empf[äa]e?nger\w{0,2}|benutzer|destinat\w{1,6}|utilisateur|usu[aá]ri[ao]|utente|ontvanger|gebruiker|odbiorc\w)\b",
    r"(?:pr[üu]e?fen|v[ée]rifiez|comprueb[ea]|verifi(?:que|car)|controll(?:are|i)|controleer|"
    r"sprawd[zź]|проверьте|検査|確認|检查|核实)"
    r"[^.;。]{0,80}?(?:erneut|noch ?mal|r[ée]essay|nouveau|int[eé]nt|nuevo|riprov|nuovo|tente|novamente|opnieuw|spr[óo]buj|"
    r"ponown|попробуйте|再送|重试|再试)[^.;。]{0,40}",
)
"""Words to the sender that give no reason. They are removed before the rest is read."""
FULL: Final = any_folded(
    r"(?:postfach|mailbox|konto|speicher)[^.;]{0,60}(?:[üu]e?berf[üu]e?llt|[üu]e?berschritten|ersch[öo]e?pft)|"
    r"\bvoll\b|zu ?viele mails",
    r"(?:bo[iî]te|messagerie|compte|mailbox)[^.;]{0,60}(?:pleine?|satur[ée]|d[ée]pass[ée])|\bpleine?\b|"
    r"espace (?:disque )?insuffisant",
    r"(?:buz[oó]n|casilla|cuenta|mailbox|correo)[^.;]{0,60}(?:llen[oa]|excedid)|\bllen[oa]\b|espacio insuficiente|cuota",
    r"(?:casella|mailbox|posta)[^.;]{0,60}(?:pien[ao]|superat)|\bpien[ao]\b|spazio (?:insufficiente|esaurito)",
    r"(?:caixa|mailbox|conta)[^.;]{0,60}(?:chei[ao]|lotad|excedid)|\bchei[ao]\b|sem espa[cç]o",
    r"(?:postvak|mailbox|postbus)[^.;]{0,60}\bvol\b",
    r"(?:skrzynk|konto|mailbox)[^.;]{0,60}(?:pe[lł]n|przekroczon)|przepe[lł]nion",
    r"переполнен|превыш|нет места|квот",
    r"容量|いっぱい|満杯",
    r"已满|已滿|(?:邮箱|郵箱|空间|空間)[^.;。]{0,10}(?:满|滿|不足)",
    r"용량|가득",
    r"\b(?:full|fuld|täynnä|pln[aáýy]|megtelt|plin[aă]|dolu|doldu|переповнен|γεμάτο|đầy)\b|kvot[ae]?n?\b|kvóta|kota\b|přeplněn",
)
NOT_NOW: Final = any_folded(
    r"zu viele|trop de|demasiad|tropp[iae]\b|demais|muit[oa]s\b|te veel|zbyt wiele|слишком много|太多|多すぎ|너무 많|för många|"
    r"for mange|liian mon|příliš mnoho|túl sok|prea mul|çok fazla|забагато",
    r"vor[üu]e?bergehend|sp[äa]e?ter|zur ?zeit|derzeit",
    r"temporaire|plus tard|trop de connexions|provisoire",
    r"temporal|m[aá]s tarde|int[eé]ntelo",
    r"temporane|pi[uù] tardi|riprov",
    r"tempor[aá]ri|mais tarde|tente novamente",
    r"tijdelijk|later opnieuw|probeer het later",
    r"tymczas|p[oó][zź]niej|chwilowo",
    r"временно|позже|попробуйте",
    r"一時|しばらく|後ほど",
    r"暂时|暫時|稍后|稍後|重试|频繁|頻繁",
    r"일시적|나중에",
    r"tillfällig|senare|midlertidig|senere|tilapäi|väliaik|myöhemmin|do[cč]asn|později|neskôr|átmeneti|később",
    r"mai târziu|geçici|daha sonra|тимчасов|пізніше|προσωριν|αργότερα|tạm thời|thử lại",
)
UNSURE: Final = any_folded(
    r"m[öo]e?glicherweise|eventuell",
    r"il se peut|raisons possibles|peut[- ][eê]tre",
    r"puede que|quiz[aá]",
    r"potrebbe|\bforse\b",
    r"pode (?:estar|n[aã]o)|talvez",
    r"mogelijk|misschien",
    r"by[cć] mo[zż]e|mo[zż]liwe",
    r"возможно",
    r"可能|かもしれません",
    r"수 있습니다",
    r"möjligen|kanske|muligvis|muligens|mahdollisesti|ehkä|(?<!nie )možná|pravděpodobně|lehet, hogy|poate că|olabilir|можливо|"
    r"ίσως|có thể",
)
SENDER: Final = any_folded(
    r"absender|exp[ée]diteur|remitente|mittente|remetente|afzender|nadawc|отправител|送信者|差出人|送信元|发件人|發件人|"
    r"发[送信](?:者|人|方|地址|域)|발신자|avsändar|afsender|avsender|lähettäjä|odes[ií]late|odosielate|feladó|expeditor|"
    r"g[öo]nder(?:en|ici)|відправник|αποστολέα|người gửi|"
    r"(?:\b(?:ihre?[rmn]?|votre|su|vostr[oa]|seu|uw|pa[nń]stwa|tw[oó]j|din|deres|va[sš][ae]|ваш[ае]?) |"
    r"您的|你的|あなたの|お客様の|귀하의 ?)"
    r"(?:(?:e-?mail-?)?adresse?[ns]?\b|server|serveur|servidor|domain|domaine|dominio|dom[ií]nio|indirizzo|endere[cç]o|ip\b|"
    r"адрес|домен|сервер|地址|邮箱|域名|アドレス|서버|주소|adresa)",
)
ABOUT_US: Final = any_folded(
    r"(?:acepta|accepte|accetta|aceita|akzeptiert|nimmt|accepteert|przyjmuje|принимает|emot|imot|přijímá|přijíma|fogad|прийма)"
    r" (?:[^\s.;]{1,14} ){0,5}?(?:desconoc|inconn|sconosc|desconhec|unbekannt|onbekend|nieznan|неизвест|okänd|ukjent|neznám|"
    r"ismeretlen|невідом|extern)",
    r"gesperrt|nicht erlaubt|blockiert|unerw[üu]e?nscht|bloqu[ée]|non autoris|ind[ée]sirable",
    r"bloquead|no autorizad|no permitid|contrase[nñ]|bloccat|non (?:autorizzat|abilitat)|non consentit",
    r"n[aã]o autorizad|n[aã]o permitid|geblokkeerd|niet toegestaan|(?<!konto jest )zablokowan|niedozwolon",
    r"заблокирован|запрещ|спам|迷惑|ブロック|垃圾|屏蔽|黑名单|黑名單|频率|病毒|限制|차단|스팸",
    r"blocke?ra|blokeret|blokkert|estetty|zablokov|blokovan|letilt|blocat|engellen|заблокован|αποκλεισμέν|bị chặn|roskaposti",
)
TOPICS: Final = any_folded(r"verweigert|拒否|拒绝|拒絕")
NOT_DELIVERED: Final = (
    r"(?:nicht|nie) (?:an \S{1,100} )?zugestellt|(?:nicht |un)zustellbar|"
    r"zustellung (?:\w{1,12} ){0,3}(?:fehlgeschlagen|gescheitert)",
    r"non.?remis|pas (?:pu )?[êe]tre (?:remis|distribu|livr|envoy)|pas [ée]t[ée] (?:remis|distribu|livr)|"
    r"[ée]chec (?:\w{1,3} ){0,2}remise",
    r"no (?:\w{1,7} ){0,3}entreg|error (?:de|en la) entrega|no entregad|devuelto",
    r"non (?:\w{1,6} ){0,3}(?:recapit|consegn)|impossibile (?:recapit|consegn)|mancat[oa] (?:recapito|consegna)",
    r"n[ãa]o (?:\w{1,8} ){0,3}entreg|falha na entrega|devolvid",
    r"niet (?:worden |\w{1,2} ){0,2}(?:bezorgd|afgeleverd|besteld)|onbestelbaar|niet-bestelbaar",
    r"nie (?:\w{1,8} ){0,3}dor[eę]cz|nie (?:\w{1,8} ){0,3}dostarcz|niedor[eę]cz|niedostarcz",
    r"не (?:\w{1,8} ){0,2}доставл|не (?:\w{1,8} ){0,2}доставить|недостав|ошибка доставки|невозможно|не может быть|失败",
    r"配信(?:できません|不能|エラー|失敗)|届けられません|送信できません|未送達|エラー|できません",
    r"退信|退回|无法|未送达|投递失败|無法|未傳遞|未传递",
    r"배달되지|반송|전송 실패",
    r"kunde inte levereras|olevererat|kunne ikke leveres|ikke leveret|ei voitu toimittaa|nedoru[cč]|nebyla doru[cč]en|"
    r"kézbesíthetetlen|nem kézbesíthető|nu a putut fi livrat|teslim edilemedi|не вдалося доставити|недоставлен",
)
"""Words for a mail that was not delivered."""
AWAY: Final = (
    r"abwesen|automatische antwort|urlaub",
    r"absence|absent|r[ée]ponse automatique|cong[ée]s",
    r"fuera de la oficina|respuesta autom[aá]tica|ausen(?:te|cia)|vacaciones",
    r"fuori (?:sede|ufficio)|risposta automatica|assente|assenza|ferie\b",
    r"fora do escrit[oó]rio|resposta autom[aá]tica|f[eé]rias",
    r"afwezig|automatisch antwoord|vakantie",
    r"poza biurem|automatyczna odpowied|autoodpowied|nieobecn|urlop",
    r"автоответ|автоматический ответ|вне офиса|отсутств|в отпуске",
    r"自動応答|自動返信|不在",
    r"自动回复|自動回覆|自动答复|外出",
    r"부재중|자동 회신",
    r"fr[åa]nvar|autosvar|automatiskt svar|automatisk svar|frav[æe]r|poissa|automaattinen vastaus|nep[řr][íi]tomn|házon kívül",
)
"""Words for somebody who is away, or a program that answers for them."""
