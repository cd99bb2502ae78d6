"""Words for a recipient that is gone, in other languages than English. All are in lower case, and read without accents."""

from typing import Final, NamedTuple


class Words(NamedTuple):
    """The words of a language. Endings may follow, and a word of its own ends with a boundary."""

    recipient: str
    gone: str
    """States of a recipient that is gone."""
    denial: str
    """Words for "not"."""
    there: str
    """What only an existing recipient is, such as "known", or what others do with it, such as "find"."""
    no: str
    """Words for "no" or "no such", right before the recipient."""


WORDS: Final[dict[str, Words]] = {
    "German": Words(
        r"empf[äa]e?nger|adressat|benutzer|nutzer|adresse|postfach|konto|kennung|teilnehmer|mitarbeiter|inhaber|kunde|anwender",
        r"unbekannt(?!er? (?:fehler|grund))|deaktiviert|gel[öo]e?scht|ung[üu]e?ltig|falsch\b|geschlossen|stillgelegt|"
        r"aufgel[öo]e?st|abgeschaltet|gek[üu]e?ndigt|verlassen|ausgeschieden|entfernt|abgemeldet|erloschen|aufgegeben|"
        r"inexistent|verstorben|pensioniert|fehlerhaft|nicht mehr (?:im|bei|hier|da)\b|"
        r"(?:existier\w{1,3}|besteht|gibt es|kenn(?:t|en)|f[ai]nden?) (?:\w{1,14} ){0,4}nicht\b",
        r"(?:nicht|nie|niemals)\b",
        r"existier|existent|geh[öo]e?r|besteht|bestand|gibt es|gefunden|finden|ermittelt|bekannt|kennt|kennen|vorhanden|"
        r"g[üu]e?ltig|"
        r"aktiv\b|registriert|eingerichtet|vergeben|zugeordnet|verwendet|genutzt|in (?:betrieb|gebrauch|benutzung)|"
        r"t[äa]e?tig|angelegt|gef[üu]e?hrt|(?:[\w-]{1,20})?(?:verzeichnis|liste)\b",
        r"kein(?:en?)?|niemand unter diese[rm]",
    ),
    "French": Words(
        r"utilisateur|destinataire|adresse|compte|bo[iî]te|messagerie|usager|abonn[ée]|correspondant|personne|collaborat|domaine|"
        r"titulaire|identifiant",
        r"(?<!erreur )inconnu|inexistant|introuvable|invalide|erron[ée]e?\b|d[ée]sactiv|ferm[ée]|supprim|cl[oô]tur|r[ée]sili|"
        r"a quitt[ée]|non (?:valide|attribu|trouv|reconnu)|impossible de trouver|d[ée]c[ée]d[ée]|radi[ée]e?\b|incorrecte?\b",
        r"(?:n['´ ]|ne |pas |plus |non )",
        r"exist(?:e|ant|er)\b|trouv|valide|acti(?:f|v[eé])|de compte|ouvert|utilis|attribu|connu|connai|reconnu|"
        r"r[ée]f[ée]renc|enregistr|r[ée]pertori|recens|inscrit|appartien|"
        r"pr[ée]sent|en service|annuaire|dans (?:la|notre) liste|d'adresse|partie d|travaille",
        r"aucune?|pas d[e']|personne",
    ),
    "Spanish and Catalan": Words(
        r"usuari[oa]?|persona|destinatari[oa]?|direcci[oó]n|adre[cç]a|cuenta|compte|buz[oó]n|b[uú]stia|casilla|dominio|domini|"
        r"empleado|titular|cliente",
        r"(?<!error )(?:desconocid|desconegu)|inexist[ei]nt|inv[aàá]lid|err[oó]ne[ao]\b|desactiva[dt]|elimina[dt]|deshabilitad|"
        r"inactiv|ha expirado|(?:dad[oa]s? de|de) baja|cerrad[oa]|tancada?\b|cancelad|suprimid|borrad[oa]|"
        r"incorrect[oa]\b|equivocad|fallecid|clausurad",
        r"no",
        r"exist(?:e|en|ía)\b|encontr|encuentr|localiz|v[aá]lid[oa]|activ[oa]\b|registrad|reconocid|figura|consta\b|trobat|"
        r"troba\b|conoc|"
        r"tiene (?:una )?cuenta|posee (?:una )?cuenta|est[aá] (?:en|dad)|trabaja|pertenece|se (?:utiliza|usa)|habilitad|"
        r"en (?:la|nuestra) lista|parte de",
        r"no hay|ning[uú]n|no hi ha cap",
    ),
    "Italian": Words(
        r"utente|utenza|destinatari[oa]|destin\.|indirizzo|casella|dominio|titolare|account",
        r"(?<!errore )sconosciut|inesistente|disattivat|disabilitat|errato|impossibile trovare|rimoss[oa]|cancellat|eliminat|"
        r"chius[oa]|cessat|dismess|scadut|soppress|invalid[oa]|deceduto",
        r"non",
        r"esist|trovat|valid[oa]|presente|attiv|registrat|riconosciut|in uso|ha un account|conosciut|censit|lavora|"
        r"appart|utilizzat|nell[a'] ?(?:lista|elenco)|in elenco|parte d",
        r"nessun[ao]?",
    ),
    "Portuguese": Words(
        r"usu[aá]rio|utilizador|destinat[aá]rio|endere[cç]o|conta\b|caixa (?:postal|de (?:correio|entrada))|dom[ií]nio|titular",
        r"(?<!erro )desconhecid|inexistente|inv[aá]lid|desa[c]?tivad|errad[ao]\b|encerrad|cancelad|exclu[ií]d|removid|eliminad|"
        r"inativ|apagad|incorret[ao]\b|desabilitad|falecid",
        r"n[aã]o",
        r"exist|encontr|localiz|v[aá]lid|cadastrad|regist(?:r)?ad|ativ[oa]|reconhecid|em uso|(?:tem|possui) (?:uma )?conta|"
        r"conhecid|trabalha|pertence|consta\b|utilizad|parte d",
        r"nenhuma?|n[aã]o h[aá]",
    ),
    "Dutch": Words(
        r"gebruiker|ontvanger|geadresseerde|adres|postvak|postbus|brievenbus|medewerker|domein|abonnee|klant",
        r"onbekend(?!e fout)|ongeldig|opgeheven|verwijderd|(?:af)?gesloten|opgezegd|be[eë]indigd|uitgeschakeld|gedeactiveerd|"
        r"onjuist|vervallen|overleden|(?:bestaat?|kent) (?:\w{1,10} ){0,4}niet\b",
        r"(?:niet|nooit)\b",
        r"bestaa|gevonden|vinden|bekend|kent\b|geldig|bestaand|actief|in gebruik|geregistreerd|aanwezig|werkzaam|voorkom|"
        r"voor in|lijst|"
        r"gebruikt",
        r"geen",
    ),
    "Polish": Words(
        r"u[zż]ytkownik|odbiorc|adres|kont[oa]\b|skrzynk|pracownik",
        r"nieznan(?!y b[lł][aą]d)|nieistniej|niedost[eę]pn|nieaktywn|nie(?:prawid[lł]ow|poprawn)|usuni[eę]t|skasowan|zlikwidowan|"
        r"zamkni[eę]t|b[lł][eę]dny\b",
        r"nie",
        r"istniej|zna(?:leziono|le[zź]|jduj)|odnale[zź]|zarejestrowan|aktywn|wyst[eę]puj|pracuje|figuruje|u[zż]ywan",
        r"nie ma takie(?:go|j)|brak",
    ),
    "Russian": Words(
        r"пользовател|получател|адрес|ящик|аккаунт|уч[её]тн|домен|абонент|сотрудник|клиент|юзер",
        r"отсутствует|отключ[её]н|удал[её]н|закрыт|деактивирован|неизвест(?!н\w{2,3} (?:ошибк|причин))|несуществующ|"
        r"неверн|недействител|неправильн|ликвидирован|уволен|расформирован",
        r"не",
        r"существует|найден|зарегистрирован|обнаружен|найти|использу|активен|актив\w{1,2}\b|значится|числится|известен|"
        r"опознан|работает у|действител|заведен",
        r"(?:нет )?так(?:ого|ой)",
    ),
    "Swedish": Words(
        r"användare|mottagare|adress|konto|brevlåda|domän|anställd",
        r"okänd|ogiltig|inaktiverad|avslutat|borttage|raderat|raderad|stäng[td]|upphört|felaktig|nedlagd|"
        r"(?:finns|existerar) (?:\w{1,10} ){0,4}(?:inte|ej)\b",
        r"(?:inte|ej)\b",
        r"finns|existerar|hitta|giltig|aktiv|registrer|känd|används|jobbar",
        r"ingen",
    ),
    "Danish and Norwegian": Words(
        r"bruger|bruker|modtager|mottaker|adresse|konto|postkasse|postboks|domæne|domene|ansat|ansatt",
        r"ukendt(?! fejl)|ukjent(?! feil)|ugyldig|deaktiver|slettet|nedlagt|lukket|stengt|opp?hørt|avsluttet|fjernet|"
        r"(?:find?n?es|fins|eksisterer|bru[gk]es|kjennes|kendes) (?:\w{1,10} ){0,4}ikke\b",
        r"ikke\b",
        r"findes|finnes|fins|eksister|fundet|funnet|gyldig|aktiv|registrer|kendt|kjent|bruges|brukes|i brug|i bruk",
        r"ingen",
    ),
    "Finnish": Words(
        r"käyttäjä|vastaanottaja|osoite|osoitetta|tili[äa]?\b|postilaatikko",
        r"tuntematon(?! virhe)|virheellinen|poistettu|suljettu|lakkautettu|päättynyt",
        r"ei",
        r"olemassa|käytössä|voimassa|löydy|löytynyt|tunneta|ole (?:enää )?aktiivinen",
        r"ei ole",
    ),
    "Estonian, Latvian, and Lithuanian": Words(
        r"kasutaja|saaja|aadress|postkast|lietotāj|adresāt|adrese|pastkast|vartotoj|gavėj|adresas|dėžut|paskyr|konto",
        r"tundmatu|suletud|kustutatud|kehtetu|nezināms|dzēst|slēgt|nederīg|nežinomas|ištrint|uždaryt|neteising|"
        r"neegzistuoja|neeksistē|nerasta?s?\b|nav atrast",
        r"(?:ei|nav|nėra)\b",
        r"eksisteeri|leitud|olemas|atrasts|reģistrēt|rast|registruot",
        r"nav tāda|nėra tokio",
    ),
    "Czech and Slovak": Words(
        r"u[zž]ivatel|pou[zž][ií]vate[lľ]|p[rř][ií]jem|adres[aáuy]|schr[aá]nk|[uú][cč]et|konto|dom[eé]n|zam[eě]stnan",
        r"neexistuj|nenalezen|nelze naj[ií]t|nepodarilo n[aá]js|nepoda[rř]ilo naj[ií]t|neplatn|nezn[aá]m(?!\w{1,2} chyb)|"
        r"zru[sš]en|smaz[aá]n|vymazan|neaktivn|ukon[cč]en|uzav[rř]en|nespr[aá]vn",
        r"(?:nebyl[ao]?|nebol[ao]?|nen[ií]|nie je|nejde|nelze)",
        r"nalezen|n[aá]jden|zn[aá]m|platn|registrov|existuj|veden",
        r"[zž][aá]dn[yýaá]",
    ),
    "Slovene, Croatian, and Serbian": Words(
        r"uporabnik|prejemnik|naslov|predal|ra[cč]un|korisnik|primatelj|primala?c|adres[aeu]|sandu[cč]i[cć]|nalog|domen|корисник|"
        r"прималац|адреса|налог|сандуче",
        r"nepoznat|neznan|neobstoje[cč]|nepostoje[cć]|obrisan|izbrisan|zatvoren|uga[sš]en|neveljav|neva[zž]e[cć]|neispravn|"
        r"ukinjen|непознат|непостоје|обрисан|угашен",
        r"(?:ne|ni|nije|не|није)\b",
        r"obstaja|postoji|prona[dđ]en|najden|na[dđ]en|va[zž]e[cć]|registriran|aktiv|постоји|пронађен",
        r"nema takv|ni tega",
    ),
    "Bulgarian": Words(
        r"потребител|получател|адрес|кути[яа]|акаунт|домейн",
        r"непознат|неизвестен|несъществуващ|изтрит|закрит|невалид|деактивиран",
        r"не",
        r"съществува|намерен|открит|регистриран|активен",
        r"няма такъв|няма",
    ),
    "Hungarian": Words(
        r"felhasználó|címzett|cím(?:e|et)?\b|postafiók|fiók",
        r"ismeretlen(?! hiba)|érvénytelen|megszűnt|megszüntet|töröl[tv]|hibás cím",
        r"nem",
        r"létezik|található|ismert|érvényes|létező|találtuk|aktív",
        r"nincs ilyen",
    ),
    "Romanian": Words(
        r"utilizator|destinatar|adres[aă]|contul|c[aă]su[tț]|domeni",
        r"(?<!eroare )necunoscut|inexistent|invalid[aă]?\b|[sș]ters|dezactivat|[iî]nchis|gre[sș]it[aă]?\b",
        r"nu",
        r"exist[aă]|g[aă]sit|valid|activ|[iî]nregistrat|recunoscut|cunoscut",
        r"niciun",
    ),
    "Turkish": Words(
        r"kullan[ıi]c[ıi]|al[ıi]c[ıi]|adres|hesa[pb]|posta kutusu|ki[sş]i\b",
        r"bulunamad[ıi]|bulunmuyor|bulunmamaktad[ıi]r|bilinmeyen(?! hata)|mevcut de[ğg]il|ge[çc]ersiz|\byok(?:tur)?\b|"
        r"silin(?:di|mi[sş])|kapat[ıi]l(?:d|m)|kay[ıi]tl[ıi] de[ğg]il|tan[ıi]nm[ıi]yor|ge[çc]erli de[ğg]il|hatal[ıi] adres",
        r"de[gğ]il",
        r"mevcut|kay[ıi]tl[ıi]|ge[çc]erli|aktif",
        r"b[öo]yle bir",
    ),
    "Ukrainian and Belarusian": Words(
        r"користувач|одержувач|отримувач|адрес|скриньк|обліков|домен|карыстальнік|скрыня",
        r"відсутн|невідом(?!\w{1,2} помилк)|видален|закрит|неіснуюч|недійсн|невядом",
        r"не",
        r"існує|знайдено|зареєстрован|знайти|використову|існуе|знойдзен",
        r"нема(?:є)? такого",
    ),
    "Greek": Words(
        r"χρήστη|παραλήπτη|διεύθυνση|λογαριασμός|γραμματοκιβώτιο",
        r"άγνωστ(?!ο σφάλμα)|διαγραφ|διαγράφ|απενεργοποι|ανύπαρκτ|άκυρ|έκλεισε|κλειστ",
        r"δεν",
        r"υπάρχει|βρέθηκε|βρεθεί|έγκυρ|ισχύει|αναγνωρ",
        r"κανένας|δεν υπάρχει τέτοι",
    ),
    "Vietnamese": Words(
        r"người dùng|người nhận|địa chỉ|tài khoản|hộp thư",
        r"đã bị xóa|đã xóa|đã đóng|vô hiệu|sai địa chỉ",
        r"(?:không|chưa)",
        r"tồn tại|tìm thấy|hợp lệ|đăng ký|có thật",
        r"không có",
    ),
    "Indonesian and Malay": Words(
        r"pengguna|penerima|alamat|akun|akaun|kotak surat|kotak masuk|peti mel|domain",
        r"dihapus|dinonaktifkan|ditutup|tak dikenal|dipadam|salah alamat",
        r"(?:tidak|bukan|belum|tiada|tak)",
        r"ada\b|ditemukan|dikenal|dikenali|valid|aktif|terdaftar|wujud|dijumpai|sah\b|berlaku",
        r"tidak ada|tiada",
    ),
    "Arabic": Words(
        r"المستخدم|المستلم|العنوان|عنوان|الحساب|حساب|صندوق|البريد|المتلقي",
        r"غير (?:موجود|معروف|صالح|صحيح|مسجل)|محذوف|حذف|مغلق|معطل",
        r"(?:لا|لم|ليس|لن)",
        r"يوجد|موجود|العثور|يتم العثور|صالح|مسجل|يعد",
        r"لا يوجد",
    ),
    "Persian": Words(
        r"کاربر|گیرنده|آدرس|نشانی|حساب|صندوق",
        r"ناشناخته|نامعتبر|حذف شده|مسدود نیست|غیرفعال|وجود ندارد|یافت نشد|پیدا نشد",
        r"(?:نیست|نمی)",
        r"معتبر|موجود|فعال",
        r"چنین",
    ),
    "Hebrew": Words(
        r"משתמש|נמען|כתובת|חשבון|תיבת",
        r"אינ[וה] (?:קיי|מוכר|תקינ|תקפ|פעיל)|לא (?:קיי|נמצא|ידוע|מוכר|תקינ|תקף)|נמחק|נסגר|בוטל|שגויה",
        r"(?:אין|לא)",
        r"קיים|נמצא|מוכר",
        r"אין",
    ),
    "Thai": Words(
        r"ผู้ใช้|ผู้รับ|ที่อยู่|บัญชี|กล่องจดหมาย",
        r"ไม่พบ|ไม่มีอยู่|ไม่รู้จัก|ไม่ถูกต้อง|ถูกลบ|ปิดแล้ว|ถูกปิด",
        r"ไม่",
        r"พบ|มีอยู่|รู้จัก",
        r"ไม่พบ|ไม่มี",
    ),
    "Hindi": Words(
        r"उपयोगकर्ता|प्राप्तकर्ता|पता|खाता|मेलबॉक्स",
        r"मौजूद नहीं|नहीं मिला|अमान्य|अज्ञात|हटा दिया|बंद कर दिया",
        r"नहीं",
        r"मौजूद|मिला",
        r"कोई",
    ),
    "Japanese": Words(
        r"ユーザ|宛先|ディレクトリ|アドレス|受信者|アカウント|メールボックス|利用者|会員",
        r"存在(?:しません|しない|いたしません|せず)|見(?:つかり|つけられ|当たり|当り)ません|不明(?!な)|"
        r"(?:登録|該当)\S{0,8}(?:あり|ござい)ません|"
        r"登録されて(?:い|おり)ません|未登録|無効|使(?:用さ|わ)れて(?:い|おり)ません|利用されて(?:い|おり)ません|リストにありません|"
        r"誤りがあり|間違って|間違い|正しくありません|[がは](?:い|おり)?(?:ません|ない)|削除され|廃止され|解約され|閉鎖され|退会|退職",
        r"(?:ません|ない)",
        r"存在|登録|該当",
        r"該当(?:する)?(?:\w{1,4})?なし|存在しない|不明な",
    ),
    "Chinese": Words(
        r"用户|用戶|使用者|收件人|收信人|邮箱|郵箱|信箱|帐号|帐户|账号|账户|帳號|帳戶|地址|域名|郵件地址",
        r"不存在|未找到|找不到|不明|无效|無效|已停用|已注销|已禁用|被停用|没有找到|沒有找到|查无此人|查無此人|被注销|未注册|未註冊|已关闭|已關閉|"
        r"被关闭|已?被?[删刪]除|不再使用|停止使用|已离职|已離職|有误|有誤|已销户|已作废|未开通|未知(?!错误|原因)|(?<=地址)(?:错误|錯誤)",
        r"[不没沒未](?:再|能|会|會|有)?",
        r"存在|找到|识别|注册|开通",
        r"[无無]此|[没沒]有(?:此|该|这个|這個|該)|查[无無]此|不存在的?|未知(?:的)?|无效(?:的)?|無效(?:的)?",
    ),
    "Korean": Words(
        r"사용자|수신자|수신인|계정|주소|메일함|편지함|받는 사람|받는사람",
        r"(?<!수 )없습니다|없는|없음|존재하지|찾을 수 없|알 수 없|"
        r"삭제|해지|탈퇴|등록되지|유효하지|잘못된|잘못되|휴면|폐쇄|확인되지",
        r"않",
        r"존재|등록|유효",
        r"없는|존재하지 않는|알 수 없는",
    ),
}
