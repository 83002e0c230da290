package dev.devmesh.json;

import com.fasterxml.jackson.annotation.JacksonInject;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonSetter;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.annotation.Nulls;
import java.lang.reflect.AnnotatedArrayType;
import java.lang.reflect.AnnotatedParameterizedType;
import java.lang.reflect.AnnotatedType;
import java.lang.reflect.RecordComponent;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.DeserializationConfig;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.cfg.MapperConfig;
import tools.jackson.databind.introspect.Annotated;
import tools.jackson.databind.introspect.AnnotatedClass;
import tools.jackson.databind.introspect.AnnotatedMember;
import tools.jackson.databind.introspect.AnnotatedParameter;
import tools.jackson.databind.introspect.JacksonAnnotationIntrospector;
import tools.jackson.databind.jsontype.NamedType;
import tools.jackson.databind.ser.BeanPropertyWriter;

/** Tells Jackson the rules of {@link JsonForm}, so that records and sealed types need no annotations. */
final class RecordIntrospector extends JacksonAnnotationIntrospector {

    private static final long serialVersionUID = 1L;

    @Override
    public JsonTypeInfo.@Nullable Value findPolymorphicTypeInfo(MapperConfig<?> config, Annotated annotated) {
        // Reading only: TypeMember writes.
        if (config instanceof DeserializationConfig
                && annotated instanceof AnnotatedClass type
                && isChoice(type.getRawType())) {
            return JsonTypeInfo.Value.construct(
                    JsonTypeInfo.Id.NAME, JsonTypeInfo.As.PROPERTY, JsonForm.DISCRIMINATOR, null, false, true);
        }
        return super.findPolymorphicTypeInfo(config, annotated);
    }

    private static boolean isChoice(Class<?> type) {
        return !JsonForm.alternatives(type).isEmpty()
                || JsonForm.discriminator(type).isPresent();
    }

    @Override
    public void findAndAddVirtualProperties(
            MapperConfig<?> config, AnnotatedClass type, List<BeanPropertyWriter> properties) {
        super.findAndAddVirtualProperties(config, type, properties);
        JsonForm.discriminator(type.getRawType())
                .ifPresent(name -> properties.add(0, TypeMember.of(name, config, type)));
    }

    @Override
    public @Nullable List<NamedType> findSubtypes(MapperConfig<?> config, Annotated annotated) {
        if (annotated instanceof AnnotatedClass type) {
            List<Class<?>> alternatives = JsonForm.alternatives(type.getRawType());
            if (!alternatives.isEmpty()) {
                return alternatives.stream()
                        .map(record -> new NamedType(
                                record, JsonForm.discriminator(record).orElseThrow()))
                        .toList();
            }
        }
        return super.findSubtypes(config, annotated);
    }

    @Override
    public @Nullable String findTypeName(MapperConfig<?> config, AnnotatedClass type) {
        return JsonForm.discriminator(type.getRawType()).orElseGet(() -> super.findTypeName(config, type));
    }

    @Override
    public JsonSetter.Value findSetterInfo(MapperConfig<?> config, Annotated annotated) {
        RecordComponent component = component(annotated);
        if (component == null) {
            return super.findSetterInfo(config, annotated);
        }
        return JsonSetter.Value.construct(
                JsonForm.mayBeNull(component) || component.getType() == JsonNode.class ? Nulls.DEFAULT : Nulls.FAIL,
                elementsMayBeNull(component.getAnnotatedType()) ? Nulls.DEFAULT : Nulls.FAIL);
    }

    /** A tree may be JSON's null, so a missing one is not found out by its null as with all other components. */
    @Override
    public @Nullable Boolean hasRequiredMarker(MapperConfig<?> config, AnnotatedMember member) {
        RecordComponent component = component(member);
        return component != null && component.getType() == JsonNode.class
                ? Boolean.valueOf(JsonForm.required(component))
                : super.hasRequiredMarker(config, member);
    }

    private static boolean elementsMayBeNull(AnnotatedType type) {
        if (type instanceof AnnotatedArrayType array) {
            return JsonForm.nullable(array.getAnnotatedGenericComponentType());
        }
        if (type instanceof AnnotatedParameterizedType generic) {
            AnnotatedType[] arguments = generic.getAnnotatedActualTypeArguments();
            return JsonForm.nullable(arguments[arguments.length - 1]);
        }
        return false;
    }

    @Override
    public JsonInclude.Value findPropertyInclusion(MapperConfig<?> config, Annotated annotated) {
        Class<?> type = annotated.getRawType();
        // Jackson's NON_ABSENT knows Optional only; its primitive siblings are absent when they are empty.
        return type == OptionalInt.class || type == OptionalLong.class || type == OptionalDouble.class
                ? JsonInclude.Value.construct(JsonInclude.Include.NON_EMPTY, JsonInclude.Include.USE_DEFAULTS)
                : super.findPropertyInclusion(config, annotated);
    }

    @Override
    public JacksonInject.@Nullable Value findInjectableValue(MapperConfig<?> config, AnnotatedMember member) {
        RecordComponent component = component(member);
        if (component != null && component.getType() == Optional.class) {
            // Left to itself, Jackson makes an absent Optional<JsonNode> hold a null node.
            return JacksonInject.Value.construct(new DefaultValues.Id(component.getName(), ""), true, false);
        }
        Default given = component == null ? null : component.getAnnotation(Default.class);
        return given == null
                ? super.findInjectableValue(config, member)
                : JacksonInject.Value.construct(new DefaultValues.Id(component.getName(), given.value()), true, false);
    }

    private static @Nullable RecordComponent component(Annotated annotated) {
        if (!(annotated instanceof AnnotatedMember member)
                || !member.getDeclaringClass().isRecord()) {
            return null;
        }
        RecordComponent[] components = member.getDeclaringClass().getRecordComponents();
        if (member instanceof AnnotatedParameter parameter) {
            return parameter.getOwner().getParameterCount() == components.length
                            && parameter.getRawType() == components[parameter.getIndex()].getType()
                    ? components[parameter.getIndex()]
                    : null;
        }
        for (RecordComponent component : components) {
            if (component.getName().equals(member.getName())) {
                return component;
            }
        }
        return null;
    }
}
