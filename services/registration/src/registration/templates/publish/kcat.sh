printf %s {{ data | json | sh }} |
kcat -P -b {{ bootstrap | sh }} -t {{ topic | sh }} -k {{ example.key | sh }} \
  -H ce_specversion=1.0 -H {{ ("ce_id=" ~ example.id) | sh }} -H {{ ("ce_time=" ~ example.time) | sh }} \
  -H {{ ("ce_source=" ~ example.source) | sh }} \
  -H ce_type={{ type }}
