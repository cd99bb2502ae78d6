# Brings topics to what the functions are called with. It changes only what differs, and deletes nothing.
kafka() {
    program=$1
    shift
    "${KAFKA_BIN:-/opt/kafka/bin}/$program" --bootstrap-server "$BOOTSTRAP_SERVERS" \
        ${ADMIN_PROPERTIES:+--command-config "$ADMIN_PROPERTIES"} "$@"
}

# Only ours: it fails when somebody deletes one of the topics that it describes.
described=$(kafka kafka-topics.sh --describe --if-exists --topic "${TOPIC_PREFIX:-}.*")
tab=$(printf '\t')

topic() { # NAME PARTITIONS REPLICAS SETTING=VALUE…
    name=$1 partitions=$2 replicas=$3
    shift 3
    line=$(printf '%s\n' "$described" | grep -F "Topic: $name$tab" | grep -F PartitionCount: || true)
    if [ -z "$line" ]; then
        settings=
        for setting in "$@"; do settings="$settings --config $setting"; done
        # shellcheck disable=SC2086 # no setting has a space
        kafka kafka-topics.sh --create --if-not-exists --topic "$name" --partitions "$partitions" --replication-factor "$replicas" $settings
        return
    fi
    changes=
    for setting in "$@"; do
        case ",${line##*Configs: }," in
            *",$setting,"*) ;;
            *) changes="$changes${changes:+,}${setting%%=*}=[${setting#*=}]" ;;
        esac
    done
    if [ -n "$changes" ]; then
        kafka kafka-configs.sh --alter --entity-type topics --entity-name "$name" --add-config "$changes"
    fi
    count=${line##*PartitionCount: }
    if [ "${count%%[!0-9]*}" -lt "$partitions" ]; then
        kafka kafka-topics.sh --alter --topic "$name" --partitions "$partitions"
    fi
}

password() { # USER FILE
    kafka kafka-configs.sh --alter --entity-type users --entity-name "$1" --add-config "SCRAM-SHA-512=[password=$(cat "$2")]"
}
