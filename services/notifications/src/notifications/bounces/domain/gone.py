"""Says in other languages than English that nobody has an address: German, French, Spanish, Italian, Portuguese, Dutch, Polish,
Russian, Japanese, Chinese, Korean, Swedish, Danish and Norwegian, Finnish, Czech and Slovak, Hungarian, Romanian, Turkish,
Ukrainian, Greek, and Vietnamese. All are in lower case, with and without accents, as servers write them.

A sentence must name both the recipient and what happened: "unbekannter Benutzer", not "unbekannter Fehler".
Each expression is linear: its repeats are bounded, and none follows another.
"""

from typing import Final

from notifications.bounces.domain.regexes import any_of

_NOBODY: Final = {
    "German": (
        r"empf[äa]e?nger|adressat|benutzer|nutzer|adresse|postfach|konto|kennung|teilnehmer|mitarbeiter",
        r"unbekannt(?!er? (?:fehler|grund))|(?:existier\w{1,3}|besteht|gibt es) (?:\w{1,14} ){0,4}nicht|deaktiviert|"
        r"gel[öo]e?scht|ung[üu]e?ltig|falsch\b|geschlossen|stillgelegt|aufgel[öo]e?st|abgeschaltet|gek[üu]e?ndigt|verlassen|"
        r"nicht (?:mehr )?(?:gefunden|ermittelt|bekannt|vorhanden|g[üu]e?ltig|existent|aktiv\b|registriert|eingerichtet|"
        r"vergeben|zugeordnet|verwendet|genutzt|in (?:betrieb|gebrauch|benutzung)|t[äa]e?tig|im (?:[\w-]{1,20})?verzeichnis)|"
        r"nicht mehr (?:im|bei|hier)\b",
        r"kein(?:en?)?|niemand unter diese[rm]",
    ),
    "French": (
        r"utilisateur|destinataire|adresse|compte|bo[iî]te|messagerie|usager|abonn[ée]|correspondant|personne|collaborat|domaine",
        r"(?<!erreur )inconnu|n['´ ]?existe p(?:as|lus)|inexistant|introuvable|invalide|erron[ée]e?\b|d[ée]sactiv|ferm[ée]|"
        r"supprim|cl[oô]tur|r[ée]sili|a quitt[ée]|n'(?:est|a|ont) p(?:as|lus) (?:pu |[êe]tre |[ée]t[ée] ){0,2}"
        r"(?:trouv|valide|activ|de compte|ouvert|utilis|attribu|connu|reconnu|r[ée]f[ée]renc|enregistr)|non (?:valide|attribu|"
        r"trouv)|impossible de trouver",
        r"aucune?|pas d[e']",
    ),
    "Spanish": (
        r"usuari[oa]|persona|destinatari[oa]|direcci[oó]n|cuenta|buz[oó]n|casilla|dominio|empleado",
        r"(?<!error )desconocid|inexistente|inv[aá]lid|err[oó]ne[ao]\b|desactivad|eliminad|deshabilitad|inactiv|ha expirado|"
        r"dad[oa]s? de baja|cerrad[oa]|cancelad|suprimid|borrad[oa]|"
        r"no (?:(?:se|fue|ha|sido|pudo|podido|puede|es|est[aá]|consta como|figura como) ){0,3}"
        r"(?:existe|encontr|encuentra|localiz|v[aá]lid|activ|registrad|reconocid|figura|consta\b)|"
        r"no (?:tiene|posee) (?:una )?cuenta|ya no (?:est[aá]|trabaja|pertenece|se utiliza|se usa)",
        r"no hay|ning[uú]n",
    ),
    "Italian": (
        r"utente|utenza|destinatari[oa]|destin\.|indirizzo|casella|dominio",
        r"(?<!errore )sconosciut|inesistente|disattivat|disabilitat|errato|impossibile trovare|rimoss[oa]|cancellat|eliminat|"
        r"chius[oa]|cessat|dismess|non (?:(?:[eè]|pi[uù]|stat[oa]|risulta) ){0,3}"
        r"(?:esist|trovat|valid|presente|attiv|registrat|riconosciut|in uso)|non ha un account",
        r"nessun[ao]?",
    ),
    "Portuguese": (
        r"usu[aá]rio|utilizador|destinat[aá]rio|endere[cç]o|conta\b|caixa (?:postal|de (?:correio|entrada))|dom[ií]nio",
        r"(?<!erro )desconhecid|inexistente|inv[aá]lid|desativad|errad[ao]\b|encerrad|cancelad|exclu[ií]d|removid|eliminad|"
        r"inativ|"
        r"n[aã]o (?:(?:foi|p[oô]de|ser|[eé]|est[aá]|mais|poss[ií]vel) ){0,3}"
        r"(?:exist|encontr|localiz|v[aá]lid|cadastrad|registr?ad|ativ|reconhecid|em uso)|n[aã]o (?:tem|possui) (?:uma )?conta",
        r"nenhuma?|n[aã]o h[aá]",
    ),
    "Dutch": (
        r"gebruiker|ontvanger|geadresseerde|adres|postvak|postbus|medewerker|domein",
        r"onbekend(?!e fout)|bestaat? (?:\w{1,10} )?niet|niet (?:worden |meer |langer ){0,2}(?:gevonden|bekend|geldig|bestaand|"
        r"actief|in gebruik|geregistreerd)|ongeldig|opgeheven|verwijderd|(?:af)?gesloten|opgezegd|be[eë]indigd",
        r"geen",
    ),
    "Polish": (
        r"u[zż]ytkownik|odbiorc|adres|kont[oa]\b|skrzynk",
        r"nieznan(?!y b[lł][aą]d)|nie istniej|nie (?:zosta[lł]\w? |mo[zż]na )?(?:znale[zź]|odnale[zź])|niedost[eę]pn|"
        r"nieaktywn|nie(?:prawid[lł]ow|poprawn)|usuni[eę]t|skasowan|zlikwidowan|zamkni[eę]t|nie jest (?:zarejestrowan|aktywn)",
        r"nie ma takie(?:go|j)|brak",
    ),
    "Russian": (
        r"пользовател|получател|адрес|ящик|аккаунт|уч[её]тн|домен|абонент|сотрудник",
        r"не (?:существует|найден|зарегистрирован|обнаружен|удалось найти|используется|активен)|отсутствует|отключ[её]н|"
        r"удал[её]н|"
        r"закрыт|деактивирован|неизвест(?!н\w{2,3} (?:ошибк|причин))|несуществующ|неверн",
        r"(?:нет )?так(?:ого|ой)",
    ),
    "Japanese": (
        r"ユーザ|宛先|ディレクトリ|アドレス|受信者|アカウント|メールボックス",
        r"存在(?:しません|しない|いたしません)|見(?:つかり|つけられ|当たり)ません|不明(?!な)|(?:登録|該当)\S{0,8}(?:あり|ござい)ません|"
        r"登録されて(?:い|おり)ません|無効|使(?:用さ|わ)れて(?:い|おり)ません|利用されて(?:い|おり)ません|リストにありません|誤りがあり|"
        r"間違って|[がは]い(?:ません|ない)|削除され|廃止され|解約され|閉鎖され",
        r"該当(?:する)?(?:\w{1,4})?なし",
    ),
    "Chinese": (
        r"用户|用戶|收件人|邮箱|郵箱|信箱|帐号|帐户|账号|账户|帳號|地址|域名",
        r"不存在|未找到|找不到|不明|无效|無效|已停用|已注销|已禁用|被停用|没有找到|查无此人|被注销|未注册|已关闭|被关闭|被?删除|"
        r"不再使用|停止使用|已离职|有误|(?<=地址)错误",
        r"[无無]此|没有(?:此|该|这个)|查无此",
    ),
    "Korean": (
        r"사용자|수신자|계정|주소|메일함|받는 사람",
        r"(?<!수 )없습니다|없는|존재하지|찾을 수 없|알 수 없|삭제|해지|탈퇴|등록되지|유효하지|잘못된",
        r"없는",
    ),
    "Swedish": (
        r"användare|mottagare|adress|konto|brevlåda|domän",
        r"okänd|finns (?:inte|ej)|existerar inte|hittades inte|inte (?:längre )?(?:hittas|giltig|aktiv|registrer)|ogiltig|"
        r"inaktiverad|avslutat|borttage|raderat|raderad|stäng[td]|upphört",
        r"ingen",
    ),
    "Danish and Norwegian": (
        r"bruger|bruker|modtager|mottaker|adresse|konto|postkasse|postboks|domæne|domene",
        r"ukendt(?! fejl)|ukjent(?! feil)|findes ikke|finnes ikke|eksisterer ikke|"
        r"ikke (?:blevet |længere |lenger )?(?:fun[dn]et|gyldig|aktiv|registrer)|"
        r"ugyldig|deaktiver|slettet|nedlagt|lukket|stengt|opp?hørt|avsluttet",
        r"ingen",
    ),
    "Finnish": (
        r"käyttäjä|vastaanottaja|osoite|osoitetta|tili[äa]?\b|postilaatikko",
        r"tuntematon(?! virhe)|ei ole (?:enää )?(?:olemassa|käytössä|voimassa)|ei (?:enää )?löydy|ei löytynyt|virheellinen|"
        r"poistettu|suljettu|lakkautettu",
        r"ei ole",
    ),
    "Czech and Slovak": (
        r"u[zž]ivatel|pou[zž][ií]vate[lľ]|p[rř][ií]jem|adres[aáuy]|schr[aá]nk|[uú][cč]et|konto|dom[eé]n",
        r"neexistuj|nenalezen|nebyl[ao]? nalezen|nelze naj[ií]t|neplatn|nezn[aá]m(?!\w{1,2} chyb)|zru[sš]en|smaz[aá]n|neaktivn",
        r"[zž][aá]dn[yýaá]",
    ),
    "Hungarian": (
        r"felhasználó|címzett|cím(?:e|et)?\b|postafiók|fiók",
        r"ismeretlen(?! hiba)|nem létezik|nem található|érvénytelen|megszűnt|megszüntet|töröl[tv]",
        r"nincs ilyen",
    ),
    "Romanian": (
        r"utilizator|destinatar|adres[aă]|contul|c[aă]su[tț]|domeni",
        r"(?<!eroare )necunoscut|nu (?:mai )?exist[aă]|inexistent|nu a fost g[aă]sit|invalid[aă]?\b|[sș]ters|dezactivat|"
        r"[iî]nchis",
        r"niciun",
    ),
    "Turkish": (
        r"kullan[ıi]c[ıi]|al[ıi]c[ıi]|adres|hesa[pb]|posta kutusu",
        r"bulunamad[ıi]|bilinmeyen(?! hata)|mevcut de[ğg]il|ge[çc]ersiz|\byok(?:tur)?\b|silin(?:di|mi[sş])|kapat[ıi]l(?:d|m)|"
        r"kay[ıi]tl[ıi] de[ğg]il",
        r"b[öo]yle bir",
    ),
    "Ukrainian": (
        r"користувач|одержувач|отримувач|адрес|скриньк|обліков|домен",
        r"не існує|не знайдено|відсутн|невідом(?!\w{1,2} помилк)|видален|не зареєстрован|закрит",
        r"нема(?:є)? такого",
    ),
    "Greek": (
        r"χρήστη|παραλήπτη|διεύθυνση|λογαριασμός|γραμματοκιβώτιο",
        r"δεν υπάρχει|δεν βρέθηκε|άγνωστ(?!ο σφάλμα)|διαγραφ|διαγράφ|απενεργοποι",
        r"κανένας",
    ),
    "Vietnamese": (
        r"người dùng|người nhận|địa chỉ|tài khoản|hộp thư",
        r"không tồn tại|không tìm thấy|không hợp lệ|đã bị xóa|đã xóa",
        r"không có",
    ),
}
"""By language: words for a recipient; what happened, before or after them; and words for "no such" before them."""


def _nobody(who: str, gone: str, no: str) -> str:
    who = rf"(?:(?:e-?)?mail-?|e-?post|sähköposti)?(?:mailbox|account|alias|{who})(?!への|的[邮郵]件|에게)"
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
