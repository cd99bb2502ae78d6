"""Phrases of refusals in other languages than English: German, French, Spanish, Italian, Portuguese, Dutch, Polish, Russian,
Japanese, Chinese, Korean, Swedish, Danish and Norwegian, Finnish, Czech and Slovak, Hungarian, Romanian, Turkish, Ukrainian,
Greek, and Vietnamese, in this order. All are in lower case, with and without accents, as servers write them.

A sentence must name both the recipient and what happened: "unbekannter Benutzer", not "unbekannter Fehler".
Each expression is linear: its repeats are bounded, and none follows another.
"""

from typing import Final

from notifications.bounces.domain.regexes import any_of

_NOBODY: Final = {
    "German": (
        r"empf[äa]e?nger|adressat|benutzer|adresse|postfach|konto|teilnehmer|domain",
        r"unbekannt(?!er? (?:fehler|grund))|existier\w{1,3} nicht|gibt es nicht|deaktiviert|gel[öo]e?scht|ung[üu]e?ltig|falsch\b|"
        r"nicht (?:mehr )?(?:gefunden|ermittelt|bekannt|vorhanden|g[üu]e?ltig|existent|aktiv\b)",
        r"kein(?:en?)?|niemand unter diese[rm]",
    ),
    "French": (
        r"utilisateur|destinataire|adresse|compte|bo[iî]te|usager|domaine",
        r"(?<!erreur )inconnu|n['´ ]?existe p(?:as|lus)|inexistant|introuvable|invalide|erron[ée]e?\b|d[ée]sactiv|ferm[ée]|"
        r"supprim|n'(?:est|a) p(?:as|lus) (?:[ée]t[ée] )?(?:trouv|valide|activ|de compte)|impossible de trouver",
        r"aucune?",
    ),
    "Spanish": (
        r"usuario|persona|destinatario|direcci[oó]n|cuenta|buz[oó]n|casilla|dominio",
        r"(?<!error )desconocid|inexistente|inv[aá]lid|err[oó]ne[ao]\b|desactivad|eliminad|deshabilitad|inactiv|ha expirado|"
        r"no (?:(?:se|fue|ha|sido|pudo|podido|puede|es|est[aá]) ){0,3}(?:existe|encontr|encuentra|localiz|v[aá]lid|activ)|"
        r"no (?:tiene|posee) (?:una )?cuenta",
        r"no hay|ning[uú]n",
    ),
    "Italian": (
        r"utente|destinatario|destin\.|indirizzo|casella|account|dominio",
        r"(?<!errore )sconosciut|inesistente|disattivat|disabilitat|errato|impossibile trovare|"
        r"non (?:(?:[eè]|pi[uù]|stat[oa]) ){0,3}(?:esist|trovat|valid|presente|attiv)|non ha un account",
        r"nessun[ao]?",
    ),
    "Portuguese": (
        r"usu[aá]rio|destinat[aá]rio|endere[cç]o|conta\b|caixa postal|dom[ií]nio",
        r"(?<!erro )desconhecid|inexistente|inv[aá]lid|desativad|errad[ao]\b|"
        r"n[aã]o (?:(?:foi|p[oô]de|ser|[eé]|mais|poss[ií]vel) ){0,3}(?:exist|encontr|localiz|v[aá]lid)|"
        r"n[aã]o (?:tem|possui) (?:uma )?conta",
        r"nenhuma?|n[aã]o h[aá]",
    ),
    "Dutch": (
        r"gebruiker|ontvanger|geadresseerde|adres|postvak|domein",
        r"onbekend(?!e fout)|bestaat? niet|niet (?:worden )?(?:gevonden|bekend|geldig|bestaand)|ongeldig|opgeheven",
        r"geen",
    ),
    "Polish": (
        r"u[zż]ytkownik|odbiorc|adres|kont[oa]\b|skrzynk",
        r"nieznan(?!y b[lł][aą]d)|nie istniej|nie (?:zosta[lł]\w? |mo[zż]na )?(?:znale[zź]|odnale[zź])|niedost[eę]pn|"
        r"nieaktywn|nie(?:prawid[lł]ow|poprawn)|usuni[eę]t",
        r"nie ma takie(?:go|j)|brak",
    ),
    "Russian": (
        r"пользовател|получател|адрес|ящик|аккаунт|уч[её]тн|домен|абонент",
        r"не (?:существует|найден|зарегистрирован|обнаружен|удалось найти)|отсутствует|отключ[её]н|удал[её]н|"
        r"неизвест(?!н\w{2,3} (?:ошибк|причин))|несуществующ|неверн",
        r"(?:нет )?так(?:ого|ой)",
    ),
    "Japanese": (
        r"ユーザ|宛先|ディレクトリ|アドレス|受信者|アカウント|メールボックス",
        r"存在しません|存在しない|見つかりません|見つけられません|不明(?!な)|(?:登録|該当)\S{0,8}ありません|登録されていません|無効|"
        r"使われて(?:い|おり)ません|リストにありません|誤りがあり",
        r"該当(?:する)?(?:\w{1,4})?なし",
    ),
    "Chinese": (
        r"用户|用戶|收件人|邮箱|郵箱|信箱|帐号|帐户|账号|账户|帳號|地址|域名",
        r"不存在|未找到|找不到|不明|无效|無效|已停用|已注销|已禁用|被停用|没有找到|查无此人",
        r"[无無]此|没有(?:此|该|这个)|查无此",
    ),
    "Korean": (r"사용자|수신자|계정|주소|메일함", r"없습니다|없는|존재하지|찾을 수 없|알 수 없", r"없는"),
    "Swedish": (
        r"användare|mottagare|adress|konto|brevlåda|domän",
        r"okänd|finns inte|existerar inte|hittades inte|inte hittas|ogiltig|inaktiverad",
        r"ingen",
    ),
    "Danish and Norwegian": (
        r"bruger|bruker|modtager|mottaker|adresse|konto|postkasse|postboks|domæne|domene",
        r"ukendt(?! fejl)|ukjent(?! feil)|findes ikke|finnes ikke|eksisterer ikke|ikke (?:blevet )?fun[dn]et|ugyldig|deaktiver",
        r"ingen",
    ),
    "Finnish": (
        r"käyttäjä|vastaanottaja|osoite|osoitetta|tili[äa]?\b|postilaatikko",
        r"tuntematon(?! virhe)|ei ole olemassa|ei löydy|ei löytynyt|virheellinen",
        r"ei ole",
    ),
    "Czech and Slovak": (
        r"u[zž]ivatel|pou[zž][ií]vate[lľ]|p[rř][ií]jem|adres[aáuy]|schr[aá]nk|[uú][cč]et|konto|dom[eé]n",
        r"neexistuj|nenalezen|nebyl[ao]? nalezen|nelze naj[ií]t|neplatn|nezn[aá]m(?!\w{1,2} chyb)|zru[sš]en",
        r"[zž][aá]dn[yýaá]",
    ),
    "Hungarian": (
        r"felhasználó|címzett|cím(?:e|et)?\b|postafiók|fiók",
        r"ismeretlen(?! hiba)|nem létezik|nem található|érvénytelen",
        r"nincs ilyen",
    ),
    "Romanian": (
        r"utilizator|destinatar|adres[aă]|contul|c[aă]su[tț]|domeni",
        r"(?<!eroare )necunoscut|nu exist[aă]|inexistent|nu a fost g[aă]sit|invalid[aă]?\b",
        r"niciun",
    ),
    "Turkish": (
        r"kullan[ıi]c[ıi]|al[ıi]c[ıi]|adres|hesa[pb]|posta kutusu",
        r"bulunamad[ıi]|bilinmeyen(?! hata)|mevcut de[ğg]il|ge[çc]ersiz|\byok(?:tur)?\b",
        r"b[öo]yle bir",
    ),
    "Ukrainian": (
        r"користувач|одержувач|отримувач|адрес|скриньк|обліков|домен",
        r"не існує|не знайдено|відсутн|невідом(?!\w{1,2} помилк)|видален",
        r"нема(?:є)? такого",
    ),
    "Greek": (
        r"χρήστη|παραλήπτη|διεύθυνση|λογαριασμός|γραμματοκιβώτιο",
        r"δεν υπάρχει|δεν βρέθηκε|άγνωστ(?!ο σφάλμα)",
        r"κανένας",
    ),
    "Vietnamese": (r"người dùng|người nhận|địa chỉ|tài khoản|hộp thư", r"không tồn tại|không tìm thấy|không hợp lệ", r"không có"),
}
"""By language: words for a recipient; what happened, before or after them; and words for "no such" before them."""


def _nobody(who: str, gone: str, no: str) -> str:
    who = rf"(?:e-?mail-?|e-?post|sähköposti)?(?:{who})"
    articles = r"[\w']{0,10}[ :]{0,2}(?:\w{1,4} ){0,2}(?:\w{1,2}')?"
    return rf"(?<![a-z]){who}[^.;。]{{0,60}}?(?:{gone})|(?:{gone}){articles}{who}|(?<![a-z])(?:{no}) ?(?:\w{{1,14}} )?{who}"


NOBODY: Final = any_of(*(_nobody(*words) for words in _NOBODY.values()))
GONE_AT_ONCE: Final = any_of(
    r"existiert nicht|n'existe pas|no existe\b|non esiste|n[aã]o existe|bestaat niet|nie istnieje|не существует|не найден[ао]?\b",
    r"存在しません|不存在|finns inte|findes ikke|finnes ikke|ei ole olemassa|neexistuje|nem létezik|nu exist[aă]|не існує",
)
"""What happened to the recipient, as the first words of a reply."""
GONE_BY_DISUSE: Final = any_of(
    r"(?:gesperrt|deaktiviert|geschlossen) wegen inaktivit[äa]e?t|wegen inaktivit[äa]e?t (?:gesperrt|deaktiviert|geschlossen)",
    r"(?:bloqu|ferm|d[ée]sactiv|supprim)\w{1,3} (?:pour|suite [àa]|par|en raison d'une?) ?(?:l'|d')?inactivit[ée]",
    r"(?:bloquead|desactivad|eliminad|cerrad|cancelad)[oa] por (?:falta de uso|inactividad)",
    r"(?:bloccat|disattivat|chius|cancellat)[oa] per (?:inutilizzo|inattivit[aà])",
    r"(?:bloquead|desativad|exclu[ií]d|cancelad)[oa] por (?:falta de uso|inatividade)",
    r"长期未(?:使用|登录)|长时间未(?:使用|登录)|заблокирован\w{0,2} (?:из-за|за|по причине) неактивност",
)
"""The mailbox is gone, even if the text says "blocked"."""
FULL: Final = any_of(
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
NOT_NOW: Final = any_of(
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
UNSURE: Final = any_of(
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
    r"möjligen|kanske|muligvis|muligens|mahdollisesti|ehkä|možná|pravděpodobně|lehet, hogy|poate că|olabilir|можливо|ίσως|có thể",
)
ABOUT_US: Final = any_of(
    r"absender|gesperrt|verweigert|nicht erlaubt|blockiert|unerw[üu]e?nscht",
    r"exp[ée]diteur|bloqu[ée]|non autoris|ind[ée]sirable",
    r"remitente|bloquead|no autorizad|no permitid|contrase[nñ]",
    r"mittente|bloccat|rifiutat|non (?:autorizzat|abilitat)|non consentit",
    r"remetente|n[aã]o autorizad|n[aã]o permitid",
    r"afzender|geblokkeerd|niet toegestaan",
    r"nadawc|(?<!konto jest )zablokowan|niedozwolon",
    r"отправител|заблокирован|запрещ|спам",
    r"送信者|差出人|送信元|拒否|迷惑|ブロック",
    r"发件人|發件人|垃圾|拒绝|拒絕|屏蔽|黑名单|黑名單|频率|病毒|限制",
    r"발신자|차단|스팸",
    r"avsändar|afsender|avsender|lähettäjä|odes[ií]late|odosielate|feladó|expeditor|g[öo]nderen|відправник|αποστολέα|người gửi",
    r"blocke?ra|blokeret|blokkert|estetty|zablokov|blokovan|letilt|blocat|engellen|заблокован|αποκλεισμέν|bị chặn|roskaposti",
)
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
