"""How many texts hold a word, roughly: what is looked for first depends on it, never what is found.

Counted on 2026-11-25 in the ordinary English rows of `corpus/` and in the harmless rows of its other languages (there, four tenths of the share, for
they are few), rounded to powers of two. A word that is not listed is taken to be in 3 of 10,000 texts.
"""

from bisect import bisect_left

_TEXTS = {
    0.4: """
a the
""",
    0.2: """
and de en for how in la o of on s to what with في के में
""",
    0.1: """
an como dan der di do e el em from i ich is it le my our para que saya that this um un una une untuk was which wie write y you और का की पर लिए है
""",
    0.05: """
about apa are as at bagaimana be by can cara comment con d del dem des die does each ein eine einen est et explain first fur has im l las les los me
mi mon no one only or please por pour se sobre sur t three two uma und we welche when who why yang على عن كيف ما من एक कैसे को क्या से हैं
""",
    0.025: """
ada after all als am ask assistant au auf aufgabe bahasa bantu bei between bisa brasil buat but combien could da dalam dans dari das day days den
dengan deux dias diferenca don du ecris eines entre erklare es escreva escreve every explica explique find five four give hari have if indonesia
into je jelaskan kaise kami ke last like line list m ma make man many may mein meu minha minutes mit more muss na nach new not notre old ou out over
page par people per pessoas plan police qual quelle quelles questions qui re ringkas sans say sem should sich sie small so soy sudah suggest table
tache target tell ten text than them then there these tiga tu tulis uber up use voto warum where without words would year years zeigt zur أنا إلى
اشرح اكتب بين مع इस करूँ कि चाहिए दीजिए दुकान दो नहीं बनाइए मेरा मैं लिखिए लिखो सूची हूँ हो
""",
    0.0125: """
al anak anda answer antrean app atau aturan back bagian baru beda before below berapa best both buatkan buka c cabai campaign card casa case
children class code come compare contoh cuando customer daftar data date describe dice did diferencia difference dokumen donde dong dos draft dua
end english escribe evening example excel following friendly function get given gmn go group gudang gw hai half hand harus haz he help here hitung
hoaks hours house hp ide ideas image ini isi its itu jadi jam jari job juta ka kalau kali kalimat keep kelas kenapa kerangka kerja know kolom
language lebih left letter lima ll lo long look lost mana memilih menulis minta month name names need needs never next night nine nothing novel
number office open order orders other own pada paper paragraph part person pindah plain play prices propon q question rapat read resume return
rewrite rumah sampai says school secara second segun sendiri sentence sentences sering service she shop short show sidik simple sin since sistem six
soal something son style suara subject summarise supaya surat susun tahun tanaman tangga tanggal task team tentang terjemahkan test they tidak tiene
time together toko tolong too track translate tres tugas turn twice under us user ve want wants week were whether will work wrong ya your أريد أن
أنت الاقتراع التي الفرق القانون الماء المكتب الوجه بايثون بعد جدول خطة رتّب صياغة ضع عربي عند عندي غير قبل قواعد لا لخّص لماذا لي مساعد معلم هذا هل
وكيف ومن يوم अंतर अपने आप ऑनलाइन कम कर करने करें कविता काम कोई कौन क्यों गया गाँव चुनाव डेटा तीन तुम तो दिन दें नाटक नाम नियम पंक्तियाँ पत्र पहचान
पानी पुराने पोस्टर फ़ोन बताइए मतदान मेरी यात्रा योजना वाले शुरू संहिता समझाइए समझाओ सरल सहायक सार साल सी हमारी हमारे हाल हिंदी होता होती
""",
    0.006: """
access add adults advice afternoon again against agent already always answers any anything api aren around article asks attached attack b bad bakery
bar because been being bell better bicycle bike block blue board book books bot boxes break bring budget build bus cake calendar call candidate
centre change changed cheap check child choose city classify close club coffee colleague column comes company content convert cook cost costs count
counts course court cover create csv customers daily dates dear def design desk detect doesn down eat eleven employees error errors euros events
everything exercises explained extract face facts fail fair family feedback ferry field file filter fine fit fix floor follow food form format found
free friday game garden gb gets gives glossary goes going good got guests had hall her hi his holidays home hour id idea insurance interview invoice
items json just kept kill kind kitchen late law least leave less let level library life lines little log login longer lunch made mail main makes
manager map market match mean meeting members message might milk minor missing model monday morning most move moving much museum must n neighbour
neighbours neutral nobody node noise noon note notes notice now numbers off officer older ones opening options origin parents party password phone
photo place plants point points possible postgres practice present price printer problem product prompt propose public put python query quiet quiz
quote rank rate rather reach recommend red release remove repair reply report request rest results returns review ring role room rooms route rows
rules run running sales same save scan screen script search see send server set seven share sheet shows sign single sit site size sold someone sort
sound speak spreadsheet spring square staff stand start state station step steps still stop store story students summary support survey system take
template tent tests thank their things third through ticket tickets till times title tone tool top topic total touch town train tram tree type until
used users using value version versus village voice vote w walk warehouse water way weather whats while whom whose winter within won word works
world worth written yes yet zero
""",
    0.003: """
a2 above across act address addresses ads adult afraid agreed airline allotment alone also annual another anyone april archive arrive asked asking
ate august autumn average avoid away backs backup bake balcony bank became beginner behind believe bill billing bit box boy brand bread brief
british broken brother building buildings business buy called calls came camera car cases cash cause causes cent chairs changes character checks
cheese chess choir christmas church client clinic closed colours coming compared compiler complaint complaints complete compute conference confirm
cons contact context contract copies correct costume council crack cron crop css curve cycle dashboard database deal deep delay delivered delivery
dentist description detective developer dialogue diff discount dish docker document dog doing done door draw drill dry duplicates during early
editor eight electricity else employee ended essay estimate eu european event evidence except exit experience extra failing far february feet fell
few fifteen figures files film filters finished fire firm fishing fits fixed flag flat flour folder forget formal formula formulas forty french
friend friends frost fruit full furniture general generate google government grade grammar grandmother green groups guest h happened happens hates
head headings headline headlines hear heating hello high him hire history hold holiday honest horse hot hotel humour ice identify images include
index ingredients instead instrument int interested invent isn joke judge june keeps key keys kids killed kilometres king knife kubectl labels
laptop later laundry learners learning letters lift light limits linux lisbon lives loan local lock lol loop loss loves low luggage machine machines
mails management managers manual march mark master max mayor means measure medical memory merge method middle migration miles mine minister minute
mm mobile mondays money moon moss mother ms named neither nginx normal null oat october odd offer oil olive opens opera ordered ordering otherwise
outline output oven owners pages painting parameters parcel parent parts pass passage path patient patients pay payment photography photos phrase
piano pictures places player players plot pls plus podcast poem policy polite pool port posters praise predict prepare press printers printing
private process produce profile program programme project pros pull pump purchase puts quarter quotes rain rainy raised ran range react reading
readings really reasons reception recipe recipes refactor reference region reminder replace requests restaurant revenue right rim rise river rolls
roof root rose rota round router row rule runs rust samples saturday scale scanned scanner schedule schema score sea secret sections seen self sell
sends september series shall shared sheets shelf shift shifts shops sister slow smells social society software solution solutions some somebody
sources sourdough space spanish speech sql statement states status stock stops string strings structure study suitcase sum summarize summer sunday
supplier swimming tags takes talk targets tax taxi temperature terms thanks theme thing think those though timeline tomato tomorrow tools tracker
tracking translation trial turns twenty u uk understand unit update values vegetarian video view virus visitors volume voted votes war warm waste
watch ways wear web website weekend weekly weeks weight well went white whole wind window windows women wording working writes writing wrote x
""",
}
_SHARES = {word: share for share, words in _TEXTS.items() for word in words.split()}
_SORTED = sorted(_SHARES)
UNLISTED = 0.0003


def share_with(word: str, *, is_open: bool) -> float:
    """The share of texts that hold a word in its normal form; `is_open`: or one that begins so."""
    if not is_open:
        return _SHARES.get(word, UNLISTED)
    share, at = UNLISTED * (40 if len(word) == 1 else 8 if len(word) == 2 else 2), bisect_left(_SORTED, word)
    while at < len(_SORTED) and _SORTED[at].startswith(word):
        share += _SHARES[_SORTED[at]]
        at += 1
    return min(share, 1.0)
